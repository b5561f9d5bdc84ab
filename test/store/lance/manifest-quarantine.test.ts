/** What a power cut leaves of a newest version is set aside, and the version before counts. */

import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TableName } from "../../../src/store/lance/columns.ts";
import { openStore } from "../../../src/store/store.ts";
import { ackOf, agentRow, newAction, stepRow } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";

const tables = ["queue", "agents_config", "agent_state", "agent_steps"] as const;
const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ["empty", (path) => truncate(path, 0)],
  ["cut off", (path) => truncate(path, 10)],
  ["full of zeros", async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
];
const cases = tables.flatMap((table) => damages.map(([how, damage]) => ({ table, how, damage })));

test.each(cases)("$table whose newest version is $how opens at the one before", async (given) => {
  const { table, damage } = given;
  await using sample = await openSample({ janitor: {} });
  const { location } = sample;
  await fill(sample.store);
  await fill(sample.store);
  await sample.store.close();
  const newest = await newestManifest(location, table);
  await damage(join(location, `${table}.lance/_versions`, newest));

  await expect(openStore({ location })).rejects.toMatchObject({ code: "DATABASE_UNUSABLE" });
  const told: object[] = [];
  const log = { debug: () => undefined, info: () => undefined, warn: (f: object) => told.push(f) };
  await using repaired = await openStore({ location, log, janitor: {} });
  const [aside = ""] = await readdir(join(location, "set-aside"));
  expect(aside).toContain(newest);
  expect(told).toEqual([
    { from: expect.stringContaining(newest), to: join(location, "set-aside", aside) },
  ]);
  await fill(repaired);
  await repaired.compact();
  expect(await readdir(join(location, "set-aside"))).toEqual([aside]);
  await using other = await openStore({ location });
  expect(await other.agents.find("agent1")).toBeDefined();
  expect((await other.queue.list()).items.length).toBeGreaterThanOrEqual(2);
});

const losses: readonly (readonly [string, string, (path: string) => Promise<void>])[] = [
  ["data", "missing", (path) => rm(path)],
  ["data", "empty", (path) => truncate(path, 0)],
  ["data", "cut off", (path) => truncate(path, 20)],
  ["_deletions", "missing", (path) => rm(path)],
  ["_deletions", "empty", (path) => truncate(path, 0)],
];

test.each(losses)(
  "a newest version whose file in %s is %s counts as never written",
  async (...given) => {
    const [folder, , damage] = given;
    await using sample = await openSample({ janitor: {} });
    const { location, store } = sample;
    const at = join(location, "queue.lance", folder);
    const list = () => readdir(at).catch(() => [] as string[]);
    // One fragment of which a row is replaced gets a list of deleted rows.
    await store.queue.append([newAction({ id: "a" }), newAction({ id: "b" })]);
    await store.close();
    {
      // Its start brings everything so far to the disk.
      await using synced = await openStore({ location, janitor: {} });
      const before = new Set(await list());
      await synced.queue.ack([ackOf("a")]);
      await synced.close();
      const written = (await list()).filter((name) => !before.has(name));
      expect(written.length).toBeGreaterThan(0);
      for (const name of written) await damage(join(at, name));
    }
    await using repaired = await openStore({ location, janitor: {} });
    expect(repaired.setAside.rows).toBe(0);
    expect(await repaired.queue.find("a")).toMatchObject({ processed: false });
    expect(await repaired.queue.find("b")).toMatchObject({ processed: false });
  },
);

test("a table without an earlier version is not replaced by an empty one", async () => {
  await using sample = await openSample({ janitor: { versionsKeptMs: 0 } });
  const { location } = sample;
  await fill(sample.store);
  await sample.store.compact();
  await sample.store.close();
  const newest = await newestManifest(location, "agent_state");
  const path = join(location, "agent_state.lance/_versions", newest);
  await truncate(path, 0);
  await expect(openStore({ location, janitor: {} })).rejects.toMatchObject({
    code: "DATABASE_UNUSABLE",
    message: expect.stringContaining("agent_state"),
  });
  expect((await readFile(path)).length).toBe(0);
});

async function fill(store: Awaited<ReturnType<typeof openStore>>): Promise<void> {
  await store.agents.record(agentRow(), stepRow());
  await store.queue.append([newAction()]);
  await store.configs.change("joke", { restarts_max: 5 }, 1);
}

/** LanceDB counts its names down. */
async function newestManifest(location: string, table: TableName): Promise<string> {
  const names = await readdir(join(location, `${table}.lance/_versions`));
  return names.filter((name) => name.endsWith(".manifest")).sort()[0] ?? "";
}

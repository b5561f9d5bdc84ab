/** What a power cut leaves of a newest version is set aside, and the version before counts. */

import { cp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
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

const losses: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ["missing", (path) => rm(path)],
  ["empty", (path) => truncate(path, 0)],
  ["cut off", async (path) => truncate(path, (await stat(path)).size - 3)],
  ["full of zeros", async (path) => writeFile(path, Buffer.alloc((await stat(path)).size))],
];
/** What becomes of the note that names the last synced version. */
const notes: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ["missing", (path) => rm(path)],
  ["cut off", (path) => truncate(path, 10)],
];
const keptNote = { fate: "kept", damageNote: async () => undefined };
const missing = { how: "missing", damage: (path: string) => rm(path) };
/** A list of so many deleted rows is a file of another kind. */
const MANY = 12_000;
const lossCases = ["data", "_deletions"].flatMap((folder) => [
  ...losses.map(([how, damage]) => ({ folder, how, damage, rows: 2, ...keptNote })),
  ...notes.map(([fate, damageNote]) => ({ folder, ...missing, rows: 2, fate, damageNote })),
]);
const longLists = losses.map(([how, damage]) => ({ how, damage, rows: MANY, ...keptNote }));

test.each([...lossCases, ...longLists.map((list) => ({ folder: "_deletions", ...list }))])(
  "a version whose file in $folder is $how counts as never written: $rows rows, note $fate",
  async ({ folder, damage, damageNote, rows }) => {
    await using sample = await openSample({ janitor: {} });
    const ids = Array.from({ length: rows }, (_, n) => `r${n}`);
    await sample.store.queue.append(ids.map((id) => newAction({ id })));
    await sample.store.close();
    // Its start, and its end, bring everything so far to the disk.
    await using store = await openStore({ location: sample.location, janitor: {} });
    const list = (location: string) =>
      readdir(join(location, "queue.lance", folder)).catch(() => [] as string[]);
    const before = new Set(await list(sample.location));
    // One fragment of which rows are replaced gets a list of deleted rows.
    await store.queue.ack(ids.slice(0, rows / 2).map((id) => ackOf(id)));
    const location = join(sample.location, "../copy");
    await cp(sample.location, location, { recursive: true });
    const written = (await list(location)).filter((name) => !before.has(name));
    expect(written.length).toBeGreaterThan(0);
    expect(written.some((name) => name.endsWith(".bin"))).toBe(rows === MANY);
    for (const name of written) await damage(join(location, "queue.lance", folder, name));
    await damageNote(join(location, "queue.synced"));

    await using repaired = await openStore({ location, janitor: {} });
    expect(repaired.setAside.rows).toBe(0);
    expect(await repaired.queue.countPending()).toBe(rows);
  },
);

test("a version before the newest that is not whole is removed", async () => {
  await using sample = await openSample({ janitor: {} });
  const { location } = sample;
  await fill(sample.store);
  await fill(sample.store);
  await sample.store.close();
  const versions = join(location, "queue.lance/_versions");
  const [, older = ""] = (await readdir(versions)).sort();
  await truncate(join(versions, older), 0);
  await using repaired = await openStore({ location, janitor: { versionsKeptMs: 0 } });
  expect((await repaired.queue.list()).items).toHaveLength(2);
  expect(await readdir(versions)).not.toContain(older);
  // Compaction reads all versions.
  await repaired.compact();
});

test("the newest whole version counts although one before it is gone, whatever LanceDB noted", async () => {
  await using sample = await openSample({ janitor: {} });
  const versions = join(sample.location, "queue.lance/_versions");
  for (const id of ["a", "b", "c"]) await sample.store.queue.append([newAction({ id })]);
  const location = join(sample.location, "../copy");
  await cp(sample.location, location, { recursive: true });
  const [newest = "", missing = ""] = (await readdir(versions)).sort();
  const copied = join(location, "queue.lance/_versions");
  await rm(join(copied, missing));
  const older = Number(2n ** 64n - 1n - BigInt(newest.split(".")[0] ?? "")) - 2;
  await writeFile(join(copied, "latest_version_hint.json"), JSON.stringify({ version: older }));
  await using repaired = await openStore({ location, janitor: {} });
  expect(await repaired.queue.countPending()).toBe(3);
});

test("a table that a power cut took while it was made is made again", async () => {
  await using sample = await openSample();
  const { location } = sample;
  const newest = await newestManifest(location, "agent_steps");
  await truncate(join(location, "agent_steps.lance/_versions", newest), 0);
  await using repaired = await openStore({ location, janitor: {} });
  await fill(repaired);
  expect((await repaired.steps.list("agent1")).items).toHaveLength(1);
});

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

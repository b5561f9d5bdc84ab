/** `queue cancel` and `type …` without a server: they work on the tables, and say so. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";
import { Control } from "../support/control.ts";
import { troupe } from "./command.ts";
import { makeDatabase } from "./test-database.ts";

const HOUR_MS = 3_600_000;

test("queue cancel withdraws in the table if no server runs, and refuses next to one that does not answer", async () => {
  await using database = await makeDatabase();
  const { store, location, cwd } = database;
  await using queue = await openQueue(location);
  const id = await queue.agentPause("a", "me");
  const other = await queue.agentPause("a", "me");
  const args = ["queue", "cancel", id, "--actor", "ann", "--reason", "late"];
  expect(await troupe({ cwd }, ...args)).toEqual({
    code: 0,
    stdout: `${id} cancelled\n`,
    stderr: expect.stringContaining("no supervisor runs on"),
  });
  expect(await store.queue.find(id)).toMatchObject({
    processed: true,
    outcome: "cancelled",
    error: { message: "withdrawn by ann: late" },
  });
  expect(await queue.actionCancel(other, "me")).toMatchObject({ outcome: "cancelled" });
  const third = await queue.agentPause("a", "me");
  await database.endNext("done");
  expect(await troupe({ cwd }, "queue", "cancel", third)).toMatchObject({ code: 4 });
  expect(await troupe({ cwd }, "queue", "cancel", "none")).toMatchObject({ code: 3 });
  const fourth = await queue.agentPause("a", "me");
  await using _supervisor = await database.supervise();
  const refused = await troupe({ cwd }, "queue", "cancel", fourth);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("DATABASE_LOCKED") });
});

test("the library withdraws through the server that runs on its database", async () => {
  await using control = await Control.start();
  await using queue = await openQueue(`${control.folder}/data/troupe`);
  const id = await queue.agentCreate("a", "me", { notBefore: Date.now() + HOUR_MS });
  expect(await queue.actionCancel(id, "me")).toMatchObject({ id, outcome: "cancelled" });
  await expect(queue.actionCancel("none", "me")).rejects.toMatchObject({
    code: "ACTION_NOT_FOUND",
  });
});

test("type list and type set work on the table without a server, and the next start uses it", async () => {
  await using database = await makeDatabase();
  const { cwd, store } = database;
  const set = await troupe({ cwd }, "type", "set", "joke", "--restart", "temporary");
  expect(set).toMatchObject({ code: 0, stderr: expect.stringContaining("agents_config") });
  expect(set.stdout).toMatch(/^restart +temporary$/m);
  expect(await store.configs.find("joke")).toMatchObject({ restart: "temporary" });
  const listed = await troupe({ cwd }, "type", "list", "-o", "json");
  expect(JSON.parse(listed.stdout)).toMatchObject({
    items: [{ name: "joke", settings: { restart: "temporary" } }],
  });
  expect((await troupe({ cwd }, "type", "list")).stdout).toMatch(/^joke +temporary/m);
  await troupe({ cwd }, "type", "set", "joke", "--restart", "default", "--memory-mb", "64");
  expect(await store.configs.find("joke")).toMatchObject({ restart: null, memory_mb: 64 });
  const wrong = ["--restart", "sometimes"];
  expect(await troupe({ cwd }, "type", "set", "joke", ...wrong)).toMatchObject({ code: 2 });
  expect(await troupe({ cwd }, "type", "set", "joke")).toMatchObject({ code: 2 });
  expect(await troupe({ cwd }, "type", "set", "poet", "--memory-mb", "64")).toMatchObject({
    code: 3,
  });
});

test("secrets of a config are masked without a server, too, and stay when their mask is sent back", async () => {
  await using database = await makeDatabase();
  const { cwd, store, location } = database;
  await using queue = await openQueue(location);
  const schema = `{ toJSONSchema: () => ({ properties: { key: { format: "password" } } }) }`;
  await writeFile(
    join(cwd, "keeper.mjs"),
    `export default { type: "keeper", step() {}, config: Object.assign((input) => input, ${schema}) };`,
  );
  const place = { cwd, env: { TROUPE_AGENTS: "keeper.mjs" } };
  const config = { key: "very-secret", region: "eu" };
  const id = await queue.agentCreate("a", "me", { agentType: "keeper", config });
  const shown = await troupe(place, "queue", "show", id, "-o", "json");
  expect(JSON.parse(shown.stdout).payload.config).toEqual({ key: "********", region: "eu" });
  // Without the folder of agents the type is not known.
  const elsewhere = await troupe({ cwd }, "queue", "list", "-o", "json");
  expect(JSON.parse(elsewhere.stdout).items[0].payload.config).toEqual({
    key: "********",
    region: "********",
  });
  const cancelled = await troupe(place, "queue", "cancel", id, "-o", "json");
  expect(JSON.parse(cancelled.stdout).payload.config).toEqual({ key: "********", region: "eu" });
  const set = (given: object) =>
    troupe(place, "type", "set", "keeper", "--config", JSON.stringify(given), "-o", "json");
  const refused = await set({ key: "********" });
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("config.key is a mask and has no stored value"),
  });
  await set(config);
  const changed = await set({ key: "********", region: "us" });
  expect(JSON.parse(changed.stdout).settings.config).toEqual({ key: "********", region: "us" });
  expect((await store.configs.find("keeper"))?.config).toEqual({
    key: "very-secret",
    region: "us",
  });
});

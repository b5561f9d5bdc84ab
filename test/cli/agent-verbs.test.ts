import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ActionRow } from "../../src/model/action.ts";
import { plainActions } from "../../src/model/actions/action-registry.ts";
import { viewAction } from "../../src/model/agent-view.ts";
import { openStore } from "../../src/store/store.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { RunningCommand, troupe } from "./command.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

async function onlyAction({ store }: TestDatabase): Promise<ActionRow> {
  const { items } = await store.queue.list();
  const [row] = items;
  if (row === undefined || items.length !== 1) throw new Error(`${items.length} actions, not one`);
  return row;
}

test("agent create makes the database, appends one action and prints its id", async () => {
  await using folder = await makeTempFolder();
  const { path: cwd } = folder;
  const { code, stdout, stderr } = await troupe(
    { cwd },
    ...["agent", "create", "agent1", "--subject", "cats", "--type", "poet", "--urgency", "-3"],
    ...["--config", '{"tone":"dry","interval_ms":1}', "--interval", "250"],
    ...["--actor", "ann", "--reason", "for fun", "--db", "some/where"],
  );
  const location = join(cwd, "some/where");
  expect(code).toBe(0);
  expect(stderr).toBe(
    `create_agent of agent1: written to the queue of ${location}; no supervisor runs on it now; the next start carries it out\n`,
  );
  await using store = await openStore({ location });
  const row = await store.queue.find(stdout.trimEnd());
  expect(row).toMatchObject({ action: "create_agent", agent_id: "agent1", actor: "ann" });
  expect(row).toMatchObject({ urgency: -3, processed: false });
  expect(JSON.parse(row?.payload ?? "")).toEqual({
    agent_id: "agent1",
    initial_subject: "cats",
    agent_type: "poet",
    config: { tone: "dry", interval_ms: 250 },
  });
  expect(JSON.parse(row?.metadata ?? "")).toEqual({ reason: "for fun" });
});

test("a typo in a setting that a command does not need is one line, and the command does its work", async () => {
  await using database = await makeDatabase();
  await writeFile(join(database.cwd, ".env"), "TROUPE_POLL_MS=often\nTROUPE_LOGG=info\n");
  const { code, stdout, stderr } = await troupe(database, "agent", "pause", "agent1");
  expect(code).toBe(0);
  expect(await onlyAction(database)).toMatchObject({ id: stdout.trimEnd(), agent_id: "agent1" });
  const [warning, queued, ...more] = stderr.trimEnd().split("\n");
  expect(warning).toMatch(/^troupe: warning: TROUPE_LOGG .*; TROUPE_POLL_MS in .* got "often"$/);
  expect(queued).toMatch(/^agent_pause of agent1: written to the queue/);
  expect(more).toEqual([]);
  expect(await troupe(database, "start")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("SETTING_UNKNOWN"),
  });
});

test("agent create without an id makes one and prints it", async () => {
  await using folder = await makeTempFolder();
  const { code, stdout, stderr } = await troupe({ cwd: folder.path }, "agent", "create", "-ojson");
  expect(code).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer).toEqual({
    action_id: expect.any(String),
    agent_id: expect.stringMatching(/^agent-/),
  });
  expect(stderr).toContain(`create_agent of ${answer.agent_id}: `);
});

test.concurrent.each([
  [["agent", "pause", "agent1"]],
  [["env", "reload"]],
  [["agent", "list"]],
  [["agent", "watch"]],
  [["queue", "show", "1"]],
])("no database is made by %j, which ends with exit code 3", async (args) => {
  await using folder = await makeTempFolder();
  const { code, stdout, stderr } = await troupe({ cwd: folder.path }, ...args);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/^troupe: DATABASE_NOT_FOUND: no database was found at \/.*\n$/);
  expect(existsSync(join(folder.path, "data"))).toBe(false);
});

type Queued = readonly [args: readonly string[], action: string, payload: object | undefined];

test.each<Queued>([
  ...plainActions.map(({ name, word }): Queued => {
    return [["agent", word, "a", "--reason", "lunch"], name, { reason: "lunch" }];
  }),
  [["agent", "resume", "a"], "agent_resume", {}],
  [
    ["agent", "interrupt", "a", "--subject", "dogs"],
    "agent_interrupt",
    { guidance: { subject: "dogs" } },
  ],
  [
    ["agent", "interrupt", "a", "--guidance", '{"mood":"dry"}', "--subject", "dogs", "--now"],
    "agent_interrupt",
    { guidance: { mood: "dry", subject: "dogs" }, mode: "now" },
  ],
  [["env", "reload"], "environment_reload", undefined],
])("%j is queued for the process that runs", async (args, action, payload) => {
  await using database = await makeDatabase();
  await using _held = await database.supervise();
  const { code, stdout, stderr } = await troupe(database, ...args);
  const about = payload === undefined ? action : `${action} of a`;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `${about}: queued for process ${process.pid}\n`,
  });
  const row = await onlyAction(database);
  expect(stdout).toBe(`${row.id}\n`);
  expect(row.action).toBe(action);
  expect(row.actor).not.toBe("");
  const expected = payload === undefined ? {} : { agent_id: "a", ...payload };
  expect(JSON.parse(row.payload)).toEqual(expected);
});

test("--wait prints the outcome of the processed action", async () => {
  await using database = await makeDatabase();
  await using command = new RunningCommand(database, ["agent", "pause", "a", "--wait", "60"]);
  const { id } = await database.endNext("done");
  expect(await command.ended()).toMatchObject({ code: 0, stdout: `${id} done\n` });
});

test("--wait -o json prints the action, and a note on stderr", async () => {
  await using database = await makeDatabase();
  const args = ["agent", "create", "a", "--wait", "60", "-o", "json"];
  await using command = new RunningCommand(database, args);
  const { id } = await database.endNext("done", { code: "AGENT_DIFFERS", message: "other type" });
  const { code, stdout, stderr } = await command.ended();
  expect(code).toBe(0);
  const row = await database.store.queue.find(id);
  expect(JSON.parse(stdout)).toEqual(row && viewAction(row));
  expect(stderr).toMatch(/^AGENT_DIFFERS: other type$/m);
});

test("--wait ends with exit code 4 and the coded error of a rejected action", async () => {
  await using database = await makeDatabase();
  await using command = new RunningCommand(database, ["agent", "resume", "a", "--wait", "60"]);
  const { id } = await database.endNext("rejected", { code: "AGENT_UNKNOWN", message: "no a" });
  const { code, stdout, stderr } = await command.ended();
  expect({ code, stdout }).toEqual({ code: 4, stdout: `${id} rejected\n` });
  expect(stderr).toMatch(/^troupe: AGENT_UNKNOWN: no a$/m);
});

test("--wait ends with exit code 1 for an action that is buried", async () => {
  await using database = await makeDatabase();
  await using command = new RunningCommand(database, ["env", "reload", "--wait", "60"]);
  const { id } = await database.endNext("dead", { code: "ACTION_EXHAUSTED", message: "5 times" });
  const { code, stdout, stderr } = await command.ended();
  expect({ code, stdout }).toEqual({ code: 1, stdout: `${id} dead\n` });
  expect(stderr).toMatch(/^troupe: ACTION_EXHAUSTED: 5 times$/m);
});

test("--wait ends with exit code 5 when the time is up, and the action stays", async () => {
  await using database = await makeDatabase();
  const { code, stdout, stderr } = await troupe(database, "agent", "pause", "a", "--wait", "0.05");
  const { id } = await onlyAction(database);
  expect({ code, stdout }).toEqual({ code: 5, stdout: `${id} pending\n` });
  expect(stderr).toContain("troupe: WAIT_TIMEOUT: ");
});

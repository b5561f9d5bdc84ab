import { afterAll, beforeAll, expect, test } from "vitest";
import { addTracedAgent, type TracedEffects } from "../support/traced-agent.ts";
import { troupe } from "./command.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let effects: TracedEffects;
beforeAll(async () => {
  database = await makeDatabase();
  effects = await addTracedAgent(database.store, "agent1");
});
afterAll(() => database[Symbol.asyncDispose]());

test("effect list shows effects newest first, and those in one state", async () => {
  const all = await troupe(database, "effect", "list");
  expect(all.code).toBe(0);
  expect(all.stdout.split("\n").map((line) => line.split(/ +/)[4])).toEqual([
    ...["name", "refund", "mail", "mail", "Ask"],
    undefined,
  ]);
  const unknown = await troupe(database, "effect", "list", "--state", "unknown", "-o", "json");
  expect(JSON.parse(unknown.stdout).items).toEqual([effects.unknown]);
  const others = await troupe(database, "effect", "list", "--agent", "agent2");
  expect(others).toMatchObject({ code: 0, stdout: "" });
  expect(others.stderr).toContain("nothing to list");
});

test("effect resolve enqueues what happened, about the effect's agent", async () => {
  const { effect_id } = effects.unknown;
  const args = ["--done", '{"id":7}', "--actor", "ann", "-o", "json"];
  const { code, stdout, stderr } = await troupe(database, "effect", "resolve", effect_id, ...args);
  expect([code, stderr]).toEqual([0, expect.stringContaining("no supervisor runs")]);
  const { action_id } = JSON.parse(stdout);
  expect(await database.store.queue.find(action_id)).toMatchObject({
    action: "effect_resolve",
    agent_id: "agent1",
    actor: "ann",
    payload: JSON.stringify({ agent_id: "agent1", effect_id, outcome: "done", value: { id: 7 } }),
  });
  const none = await troupe(
    database,
    "effect",
    "resolve",
    effect_id,
    "--done",
    "null",
    "-o",
    "json",
  );
  const without = await database.store.queue.find(JSON.parse(none.stdout).action_id);
  expect(JSON.parse(without?.payload ?? "")).toMatchObject({ outcome: "done", value: null });
  const again = await troupe(database, "effect", "resolve", effect_id, "--retry", "-o", "json");
  const row = await database.store.queue.find(JSON.parse(again.stdout).action_id);
  expect(JSON.parse(row?.payload ?? "")).toMatchObject({ effect_id, outcome: "retry" });
});

test.each([
  [["--done", "null", "--retry"], 2, "cannot be used with"],
  [[], 2, "effect resolve needs --done or --retry"],
  [["--done", "{oops"], 2, "It must be JSON such as"],
  [["--done", `"${"x".repeat(40)}`], 2, "It must be JSON such as"],
])("effect resolve %j is a usage error", async (args, code, message) => {
  const ended = await troupe(database, "effect", "resolve", effects.unknown.effect_id, ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(message);
});

test("effect resolve refuses an effect that does not exist, or whose outcome is known", async () => {
  const none = await troupe(database, "effect", "resolve", "none", "--retry");
  expect(none.code).toBe(3);
  expect(none.stderr).toContain('EFFECT_NOT_FOUND: no effect has the id "none"');
  const known = await troupe(database, "effect", "resolve", effects.mail.effect_id, "--retry");
  expect(known.code).toBe(4);
  expect(known.stderr).toContain("is done; only an unknown one can be resolved");
});

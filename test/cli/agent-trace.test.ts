import { afterAll, beforeAll, expect, test } from "vitest";
import type { TracedEffects } from "../support/traced-agent.ts";
import { addTracedAgent } from "../support/traced-agent.ts";
import { troupe } from "./command.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let effects: TracedEffects;
beforeAll(async () => {
  database = await makeDatabase();
  effects = await addTracedAgent(database.store, "agent1");
});
afterAll(() => database[Symbol.asyncDispose]());

test("agent trace shows each effect as a bar in its step, newest step first", async () => {
  const { code, stdout } = await troupe(database, "agent", "trace", "agent1");
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  const [head = "", third, unknown, help, second, call, failed, mail, first] = lines;
  expect(head).toMatch(
    /^name +time in the step +took +state +kind +waited +retries +tokens +model$/,
  );
  expect(third).toMatch(/^step 3 {2}not ended, since /);
  expect(unknown).toMatch(/^ {2}refund +█+ +unknown +once$/);
  expect(help).toContain(`troupe effect resolve ${effects.unknown.effect_id}`);
  expect(second).toMatch(/^step 2 {2}ok, 4.0 s, /);
  // Four seconds on 30 columns: half a second of wait, then the call.
  expect(call).toMatch(
    /^ {2}Ask +░{4}█{15} +2.5 s +done +model +500 ms +2 +1,200\+340 +gpt-5.2-mini$/,
  );
  expect(failed).toMatch(/^ {2}mail +█{3} +300 ms +failed +once$/);
  expect(mail).toMatch(/^ {2}mail +█{7} +900 ms +done +once$/);
  const barAt = (line = "") => line.search(/[░█]/) - head.indexOf("time in the step");
  expect([call, failed, mail].map(barAt)).toEqual([0, 19, 22]);
  expect(first).toMatch(/^step 1 {2}ok, .*, nothing outside$/);
});

test("agent trace --step shows one step, also one that has not ended", async () => {
  const one = await troupe(database, "agent", "trace", "agent1", "--step", "2", "-o", "json");
  const { items } = JSON.parse(one.stdout);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ iteration: 2, step: { iteration: 2, status: "ok" } });
  expect(items[0].effects).toMatchObject([{ name: "Ask", value: { text: "Dear Ann" } }, {}, {}]);
  const unended = await troupe(database, "agent", "trace", "agent1", "--step", "3");
  expect(unended.stdout).toContain("refund");
  const none = await troupe(database, "agent", "trace", "agent1", "--step", "9");
  expect(none).toMatchObject({ code: 3, stdout: "" });
  expect(none.stderr).toContain("agent1 has no step 9");
});

test("agent trace refuses what is no agent and no step", async () => {
  expect(await troupe(database, "agent", "trace", "nobody")).toMatchObject({ code: 3 });
  const wrong = await troupe(database, "agent", "trace", "agent1", "--step", "0");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("whole number from 1");
});

test("agent show names an unknown effect, and what resolves it", async () => {
  const { stdout } = await troupe(database, "agent", "show", "agent1");
  const { effect_id } = effects.unknown;
  expect(stdout).toContain(`effect refund of step 3; troupe effect resolve ${effect_id}`);
});

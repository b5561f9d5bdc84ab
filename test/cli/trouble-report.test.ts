/** `troupe trouble` through the tables, where rows alone show what needs attention. */

import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentRow } from "../../src/model/agent.ts";
import { troupe } from "./command.ts";
import { agentRow } from "./sample-rows.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await makeDatabase();
});
afterEach(() => database[Symbol.asyncDispose]());

async function store(id: string, changes: Partial<AgentRow>): Promise<void> {
  await database.store.agents.record({ ...agentRow(id), ...changes }, undefined);
}

const failed = (id: string): Partial<AgentRow> => ({
  status: "error",
  last_error: { code: "AGENT_STEP_FAILED", message: `${id}: no page`, at: Date.now() - 60_000 },
});

function paused(failures: number): Partial<AgentRow> {
  const details = { last: "LLM_REFUSED", failures, iteration: agentRow("x").iteration };
  const message = `paused after ${failures} failing steps`;
  const last_error = { code: "AGENT_PAUSED_BY_FAILURES", message, details, at: Date.now() };
  return { status: "paused", paused: true, last_error };
}

test("trouble exits 0 if nothing needs attention", async () => {
  await store("agent1", { status: "stopped" });
  const ended = await troupe(database, "trouble");
  expect(ended).toMatchObject({ code: 0, stdout: "" });
  expect(ended.stderr).toContain("nothing needs attention: 1 agent");
  const json = await troupe(database, "trouble", "-o", "json");
  expect([json.code, JSON.parse(json.stdout)]).toEqual([0, { items: [] }]);
});

test("trouble lists causes with the command that helps, and exits 1", async () => {
  for (const id of ["agent1", "agent2", "agent3", "agent4"]) await store(id, failed(id));
  await store("agent5", paused(5));
  const { code, stdout, stderr } = await troupe(database, "trouble");
  expect(code).toBe(1);
  const lines = stdout.trim().split("\n");
  expect(lines.map((line) => line.replaceAll(/agent[1-4]/g, "agentN"))).toEqual([
    "4 agents in error, seen 1 min ago",
    "  AGENT_STEP_FAILED: agentN: no page",
    "  agentN, agentN, agentN and 1 more",
    expect.stringMatching(/^ {2}Remove the cause/),
    "  troupe agent create agentN",
    expect.stringMatching(/^1 agent paused by failing steps, seen (now|\d s ago)$/),
    "  LLM_REFUSED: paused after 5 failing steps",
    "  agent5",
    expect.stringMatching(/^ {2}Resume them/),
    "  troupe agent resume agent5",
  ]);
  expect(stderr).toContain("only trouble that rows show is listed");
});

test("trouble as JSON has all agents of each cause", async () => {
  for (const id of ["agent1", "agent2", "agent3", "agent4"]) await store(id, failed(id));
  const { code, stdout } = await troupe(database, "trouble", "-o", "json");
  expect(code).toBe(1);
  const { items } = JSON.parse(stdout);
  expect(items).toEqual([
    {
      id: expect.stringMatching(/^[\da-f]{8}$/),
      trouble: "error",
      code: "AGENT_STEP_FAILED",
      message: expect.stringMatching(/^agent\d: no page$/),
      first_seen: expect.any(Number),
      last_seen: expect.any(Number),
      agent_ids: expect.arrayContaining(["agent1", "agent2", "agent3", "agent4"]),
    },
  ]);
});

test.each([
  [["trouble", "--db", "/nowhere/at/all"], 3, "DATABASE_NOT_FOUND"],
  [["trouble", "--url", "http://127.0.0.1:9", "--token", "x"], 6, "SERVER_UNREACHABLE"],
  [["trouble", "agent1"], 2, "too many arguments"],
  [["trouble", "-o", "xml"], 2, "Allowed choices are text, json"],
])("%j fails with %i, so a script can tell it from trouble", async (args, code, message) => {
  const ended = await troupe(database, ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(message);
});

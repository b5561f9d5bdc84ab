import { expect, test } from "vitest";
import { viewAgent } from "../../src/model/agent-view.ts";
import { History } from "../../src/model/history.ts";
import { troupe } from "./command.ts";
import { agentRow } from "./sample-rows.ts";
import { makeDatabase } from "./test-database.ts";

const row = agentRow("agent1", {
  status: "running",
  config: { interval_ms: 250 },
  context: '{"told":["one"]}',
  pending_guidance: [{ action_id: "1", guidance: { subject: "dogs" }, at: Date.now() }],
  history: new History(
    [1, 2, 3, 4, 5, 6, 7].map((iteration) => ({
      iteration,
      subject: "cats",
      result: `joke ${iteration}`,
      at: Date.now(),
    })),
  ),
  last_error: { code: "AGENT_STEP_FAILED", message: "boom", stack: "Error: boom\n    at step" },
  exit_reason: { reason: "destroyed", rung: "cooperative", took_ms: 12, note: "demo" },
});

test("agent show prints everything about an agent", async () => {
  await using database = await makeDatabase();
  await database.store.agents.record(row);
  const { code, stdout, stderr } = await troupe(database, "agent", "show", "agent1");
  expect(code).toBe(0);
  expect(stderr).toContain("no supervisor runs on");
  const lines = stdout.split("\n");
  for (const line of [
    "status       restarting",
    "subject      cats",
    "exit reason  destroyed, cooperative, took 12 ms: demo",
    "  AGENT_STEP_FAILED: boom",
    "  Error: boom",
    "      at step",
    'config       {"interval_ms":250}',
    'context      {"told":["one"]}',
  ]) {
    expect(lines).toContain(line);
  }
  expect(stdout).toMatch(/^guidance {5}\S.*: \{"subject":"dogs"\}$/m);
  const told = [...stdout.matchAll(/^ {2}\d+, .*: (joke \d)$/gm)].map((match) => match[1]);
  expect(told).toEqual(["joke 3", "joke 4", "joke 5", "joke 6", "joke 7"]);
});

test("agent show -o json prints the row, with the status as shown", async () => {
  await using database = await makeDatabase();
  await database.store.agents.record(row);
  const alone = await troupe(database, "agent", "show", "agent1", "-o", "json");
  expect(JSON.parse(alone.stdout)).toEqual({
    ...viewAgent(row, { without: "cold" }),
    status: "restarting",
  });
  await using _held = await database.supervise();
  const beside = await troupe(database, "agent", "show", "agent1", "-o", "json");
  expect(JSON.parse(beside.stdout)).toEqual(viewAgent(row));
  expect(beside.stderr).toBe("");
});

test("agent show of an unknown agent ends with exit code 3", async () => {
  await using database = await makeDatabase();
  const { code, stdout, stderr } = await troupe(database, "agent", "show", "nobody", "-ojson");
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toBe("troupe: AGENT_UNKNOWN: no agent has the id nobody\n");
});

test.each([
  [{ next_on: "guidance" }, /^next step +with guidance$/],
  [{ next_at: Date.now() + 400_000_000 }, /^next step +\S+Z \(in 4 d\)$/],
  [{ next_on: "guidance", status: "stopped" }, undefined],
  [{}, undefined],
] as const)(
  "agent show of an agent with %j prints when its next step is due",
  async (columns, text) => {
    await using database = await makeDatabase();
    await database.store.agents.record(agentRow("agent1", columns));
    const { stdout } = await troupe(database, "agent", "show", "agent1");
    const line = stdout.split("\n").find((each) => each.startsWith("next step"));
    if (text === undefined) expect(line).toBeUndefined();
    else expect(line).toMatch(text);
  },
);

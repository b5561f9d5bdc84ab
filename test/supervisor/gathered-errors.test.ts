import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { GatheredErrors } from "../../src/supervisor/gathered-errors.ts";
import { block } from "../support/break.ts";
import { useFakeClock } from "../support/fake-clock.ts";
import { Fleet } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

test("failures are collected for a second from the first; beyond a hundred causes they are grouped by code", async () => {
  using clock = useFakeClock();
  const lines: { msg: string; agents: number }[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const failed = new GatheredErrors(log, { what: "not started", gatherMs: 1_000 });
  for (let n = 0; n < 103; n += 1) {
    failed.add(`w${n}`, { code: "AGENT_MODULE_BROKEN", message: `cause ${n}` });
  }
  failed.add("w0", { code: "AGENT_MODULE_BROKEN", message: "cause 0" });
  await clock.advance(999);
  expect(lines).toEqual([]);
  await clock.advance(1);
  expect(lines).toHaveLength(101);
  expect(lines[0]).toMatchObject({ agents: 2, msg: "not started: w0, w0: AGENT_MODULE_BROKEN" });
  expect(lines.at(-1)).toMatchObject({ agents: 3 });
  failed.add("w0", { code: "AGENT_MODULE_BROKEN", message: "cause 0" });
  await clock.advance(1_000);
  expect(lines.slice(101)).toMatchObject([
    { agents: 1, msg: "not started: w0: AGENT_MODULE_BROKEN" },
  ]);
});

test("failed starts have one line for each cause, with some names and the count", () => {
  const lines: { msg: string; agents: number }[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const failed = new GatheredErrors(log, { what: "not started", gatherMs: 1_000 });
  for (let n = 0; n < 92; n += 1) {
    failed.add(`w${n}`, { code: "AGENT_MODULE_BROKEN", message: "agent module w.ts: oops" });
  }
  failed.add("other", { code: "AGENT_TYPE_UNKNOWN", message: "agent type must be one of joke" });
  failed.flush();
  failed.flush();
  expect(lines.map(({ msg, agents }) => [msg, agents])).toEqual([
    ["not started: w0, w1, w2, w3, w4 and 87 more: AGENT_MODULE_BROKEN", 92],
    ["not started: other: AGENT_TYPE_UNKNOWN", 1],
  ]);
});

test("rows of many agents that the store does not take have one line", async () => {
  const lines: { msg: string; agents: number; error: { code: string } }[] = [];
  const log = pino(
    { level: "error", base: null },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  await using fleet = await Fleet.start({ log });
  const { supervisor, database } = fleet;
  const seed = { agentType: "ledger", subject: null, config: { interval_ms: 20 } };
  const ids = ["a1", "a2", "a3", "a4"].map(parseAgentId);
  await Promise.all(ids.map((id) => startAgent(supervisor, id, seed, `create-${id}`)));
  const mend = await block(join(database.location, "agent_state.lance/_transactions"));
  const seen = new Set<string>();
  using _steps = fleet.events.subscribe(({ type, agent_id }) => {
    if (type === "agent.step" && agent_id !== undefined) seen.add(agent_id);
  });
  await until(() => seen.size === ids.length);
  database.store.agents.stopRetryingAfter(0);
  await until(() => lines.length > 0);
  expect(lines[0]?.error.code).toBe("STORE_UNAVAILABLE");
  expect(lines[0]?.msg).toMatch(/^rows not stored: a\d, a\d.*: STORE_UNAVAILABLE$/);
  await mend();
});

/** What the whole fleet has spent, from the rows at the start on, call by call. */

import { expect, onTestFinished, test, vi } from "vitest";
import { newUsage, type SpentCall, type Usage, withCalls } from "../../src/model/usage.ts";
import { UsageLedger } from "../../src/supervisor/usage-ledger.ts";
import { Database } from "../support/database.ts";
import { agentRow } from "../support/sample-rows.ts";

const DAY_MS = 86_400_000;
const prices = new Map([["big", { input: 1_000_000, output: 0 }]]);

function call(input_tokens: number, at = Date.now()): SpentCall {
  return { model: "big", input_tokens, output_tokens: 0, at };
}

const usageOf = (...calls: readonly SpentCall[]) => withCalls(newUsage(1), "joke", calls);

function spending(agent_id: string, calls: readonly SpentCall[], usage: Usage) {
  return { agentId: agentRow({ agent_id }).agent_id, agentType: "joke", calls, usage };
}

test("the fleet's sums are those of agents that live and of ended ones, and grow with each call", async () => {
  await using database = await Database.make();
  const { agents } = database.store;
  const early = call(4, Date.now() - 2 * DAY_MS);
  const alive = agentRow({ agent_id: "alive", usage: usageOf(call(1)) });
  await agents.record(alive);
  const ended = { status: "stopped", ended_at: 3, usage: usageOf(early) } as const;
  await agents.record(agentRow({ agent_id: "ended", ...ended }));
  const ledger = new UsageLedger();
  await ledger.load([alive, agentRow({ agent_id: "quiet", usage: null })], agents);
  expect(ledger.spent).toMatchObject([{ agent_type: "joke", model: "big", input_tokens: 5 }]);
  expect(ledger.count(prices).top).toMatchObject({ agent_id: "alive", day: { cost_usd: 1 } });
  const [next, last] = [call(3), call(2)];
  ledger.add(spending("new", [next], usageOf(next)));
  ledger.add(spending("newer", [last], usageOf(last)));
  const { ever, day, top } = ledger.count(prices);
  expect([ever.cost_usd, day.cost_usd]).toEqual([10, 6]);
  expect(top).toMatchObject({ agent_id: "new", day: { cost_usd: 3 } });
});

test("the agent that has spent most today is that of the newest day", () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 27, 12) });
  const ledger = new UsageLedger();
  expect(ledger.count(prices).top).toBeNull();
  const [before, today] = [call(9, Date.now() - DAY_MS), call(1)];
  ledger.add(spending("before", [before], usageOf(before)));
  expect(ledger.count(prices).top).toBeNull();
  ledger.add(spending("today", [today], usageOf(today)));
  expect(ledger.count(prices).top).toMatchObject({ agent_id: "today" });
  vi.setSystemTime(Date.now() + DAY_MS);
  const last = call(1);
  ledger.add(spending("last", [last], usageOf(last)));
  expect(ledger.count(prices)).toMatchObject({ top: { agent_id: "last" }, ever: { cost_usd: 11 } });
});

/** Sums and money: by agent, type and model they are the same, in one fleet and over shards. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { newUsage, type Prices, periods, type Spent, withCalls } from "../../src/model/usage.ts";
import {
  type AgentUsage,
  addTo,
  figureOf,
  mergeUsage,
  noFigure,
  type Rates,
  sumSpans,
  type UsageRequest,
  UsageSums,
} from "../../src/model/usage-sums.ts";
import type { Figure, Spans, UsageView } from "../../src/model/usage-view.ts";
import { useSeed } from "../support/seed.ts";

const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 27, 12, 30);
const prices: Prices = new Map([
  ["big", { input: 3, output: 15 }],
  ["small", { input: 0.1, output: 0.4 }],
]);
const rates = { now, prices };

interface Given {
  readonly type?: string;
  readonly model?: string | null;
  readonly input?: number;
  readonly output?: number;
  readonly hoursAgo?: number;
}

function agent(agent_id: string, ...calls: readonly Given[]): AgentUsage {
  const usage = calls.reduce(
    (sum, { type = "joke", model = "big", input = 0, output = 0, hoursAgo = 0 }) =>
      withCalls(sum, type, [
        { model, input_tokens: input, output_tokens: output, at: now - hoursAgo * HOUR },
      ]),
    newUsage(1),
  );
  return { agent_id, usage };
}

function viewUsage(agents: readonly AgentUsage[], rates: Rates, request: UsageRequest): UsageView {
  const sums = new UsageSums(rates, request);
  for (const one of agents) sums.add(one);
  return sums.view();
}

test("money is that of the models with a price, and says how many tokens it leaves out", () => {
  const both = agent("a", { input: 1_000_000, output: 100_000 }, { model: "free", input: 7 });
  expect(figureOf(both.usage, prices)).toEqual({
    input_tokens: 1_000_007,
    output_tokens: 100_000,
    cost_usd: 4.5,
    unpriced_tokens: 7,
  });
});

test("without any price there are tokens, and no money, not even 0", () => {
  const { usage } = agent("a", { input: 5 });
  expect(figureOf(usage, new Map())).toEqual({
    ...noFigure,
    input_tokens: 5,
    cost_usd: null,
    unpriced_tokens: 5,
  });
  expect(figureOf(usage, new Map([["big", { input: 0, output: 0 }]]))?.cost_usd).toBe(0);
  expect(figureOf(null, prices)).toBeNull();
});

test("an hour and a day that are over have nothing in them", () => {
  const spans = (hoursAgo: number) =>
    viewUsage([agent("a", { input: 1, hoursAgo })], rates, { period: "day", limit: 1 }).total;
  const tokens = (hoursAgo: number) =>
    periods.map((period) => spans(hoursAgo)[period].input_tokens);
  expect(tokens(0)).toEqual([1, 1, 1]);
  expect(tokens(1)).toEqual([0, 1, 1]);
  expect(tokens(13)).toEqual([0, 0, 1]);
});

test("calls of an hour and a day that begin while rows are read leave what the others have spent", () => {
  const late = agent("late", { input: 10, hoursAgo: -12 });
  const early = agent("early", { input: 1 });
  const before = agent("before", { input: 100, hoursAgo: 1 });
  for (const agents of [
    [early, late, before],
    [late, before, early],
  ]) {
    const view = viewUsage(agents, rates, { period: "hour", limit: 2 });
    expect(periods.map((period) => view.total[period].input_tokens)).toEqual([11, 111, 111]);
    expect(view.types[0]?.hour.input_tokens).toBe(11);
    expect(view.agents.map(({ hour }) => hour.input_tokens)).toEqual([10, 1]);
  }
});

test("those that have spent most in the period come first, the rest is summed", () => {
  const agents = [
    agent("cheap", { model: "small", input: 1_000 }),
    agent("free", { model: "free", input: 1_000_000 }),
    agent("early", { input: 900, hoursAgo: 2 }),
    agent("late", { input: 500 }),
  ];
  const names = (period: "hour" | "day", limit: number) =>
    viewUsage(agents, rates, { period, limit }).agents.map(({ name }) => name);
  expect(names("day", 9)).toEqual(["early", "late", "cheap", "free"]);
  expect(names("hour", 1)).toEqual(["late"]);
  const { others } = viewUsage(agents, rates, { period: "hour", limit: 2 });
  expect(others).toMatchObject({ agents: 2, ever: { input_tokens: 1_000_900 } });
});

test("those that have spent the same in the period are in the order of the others, then by name", () => {
  const agents = [
    agent("c", { input: 1, hoursAgo: 2 }),
    agent("b", { input: 9, hoursAgo: 2 }),
    agent("a", { input: 1, hoursAgo: 2 }),
  ];
  const view = viewUsage(agents, rates, { period: "hour", limit: 9 });
  expect(view.agents.map(({ name }) => name)).toEqual(["b", "a", "c"]);
  const typed = [agent("a", { type: "poet", input: 1 }, { type: "joke", input: 2 })];
  const { types } = viewUsage(typed, rates, { period: "hour", limit: 9 });
  expect(types.map(({ name }) => name)).toEqual(["joke", "poet"]);
});

test("a sum has a thousand models by name, and the tokens of further ones without", () => {
  const agents = Array.from({ length: 1_002 }, (_, n) =>
    agent(`a${n}`, { model: `m${n}`, input: 1 }),
  );
  const sums = new Map<string, Spent>();
  for (const { usage } of agents) for (const one of usage?.spent ?? []) addTo(sums, one);
  const unnamed = [...sums.values()].filter(({ model }) => model === null);
  expect([sums.size, unnamed]).toMatchObject([1_001, [{ input_tokens: 2 }]]);
});

const given = fc.record({
  type: fc.constantFrom("joke", "poet", "buyer"),
  model: fc.constantFrom("big", "small", "free", null),
  input: fc.nat(1_000_000),
  output: fc.nat(10_000),
  hoursAgo: fc.nat(30),
});
const fleets = fc
  .array(fc.array(given, { maxLength: 6 }), { maxLength: 12 })
  .map((all) => all.map((calls, n) => agent(`agent${n}`, ...calls)));

test("sums by agent, by type and by model are that of all, in each period", () => {
  fc.assert(
    fc.property(fleets, fc.constantFrom(...periods), fc.nat(12), (agents, period, limit) => {
      const view = viewUsage(agents, rates, { period, limit });
      expectEqual(sumSpans(view.types), view.total);
      expectEqual(sumSpans(view.models), view.total);
      expectEqual(sumSpans([...view.agents, view.others]), view.total);
      expect(view.agents.length + view.others.agents).toBe(agents.length);
    }),
    { seed: useSeed() },
  );
});

test("the merged usage of shards is that of one fleet with all their agents", () => {
  fc.assert(
    fc.property(fleets, fc.constantFrom(...periods), fc.nat(12), (agents, period, limit) => {
      const request = { period, limit };
      const shards = [0, 1, 2].map((shard) => agents.filter((_, n) => n % 3 === shard));
      const merged = mergeUsage(
        shards.map((some) => viewUsage(some, rates, request)),
        request,
      );
      const whole = viewUsage(agents, rates, request);
      const names = (items: readonly { readonly name: string | null }[]) =>
        items.map(({ name }) => name);
      expect(names(merged.agents)).toEqual(names(whole.agents));
      expect(new Set(names(merged.types))).toEqual(new Set(names(whole.types)));
      expect(new Set(names(merged.models))).toEqual(new Set(names(whole.models)));
      expect(merged.others.agents).toBe(whole.others.agents);
      expect([merged.hour_start, merged.day_start]).toEqual([whole.hour_start, whole.day_start]);
      expectEqual(merged.total, whole.total);
      expectEqual(merged.others, whole.others);
    }),
    { seed: useSeed() },
  );
});

/** Tokens to the last one; money as far as its sum does not depend on the order. */
function expectEqual(one: Spans, other: Spans): void {
  for (const period of periods) {
    const { cost_usd, ...tokens } = one[period];
    const { cost_usd: otherCost, ...otherTokens }: Figure = other[period];
    expect(tokens).toEqual(otherTokens);
    expect(cost_usd === null).toBe(otherCost === null);
    expect(cost_usd ?? 0).toBeCloseTo(otherCost ?? 0, 6);
  }
}

/**
 * What rows of agents have spent, as figures and money, by agent, type and model. Pure.
 *
 * The sums are made while the rows are read, in short turns of the event loop. Of 100,000 agents an
 * answer holds only the largest spenders that it names. Rejected: pages by id, each of which would sort
 * the whole table.
 */

import {
  addSpent,
  type Period,
  type Prices,
  periods,
  type Spent,
  startsOf,
  type Usage,
} from "./usage.ts";
import type { Figure, Spans, UsageItem, UsageView } from "./usage-view.ts";

/** When, and at which prices. */
export interface Rates {
  readonly now: number;
  readonly prices: Prices;
}

export interface UsageRequest {
  /** The period that agents, types and models are ordered by. */
  readonly period: Period;
  /** Agents in the answer. */
  readonly limit: number;
}

export const usageRequestDefault: UsageRequest = { period: "day", limit: 20 };

/** What one agent has spent; null if it was never counted. */
export interface AgentUsage {
  readonly agent_id: string;
  readonly usage: Usage | null;
}

export const noFigure: Figure = {
  input_tokens: 0,
  output_tokens: 0,
  cost_usd: null,
  unpriced_tokens: 0,
};

const noTokens = { input_tokens: 0, output_tokens: 0 };

/** Pairs of type and model in one sum; further models count without a name, as in a row. */
const SUMS_MAX = 1_000;

export function addTo(sums: Map<string, Spent>, one: Spent): void {
  const isNamed = sums.has(keyOf(one)) || sums.size < SUMS_MAX;
  const named = isNamed ? one : { ...one, model: null };
  const before = sums.get(keyOf(named));
  sums.set(keyOf(named), before === undefined ? named : addSpent(before, named));
}

function keyOf({ agent_type, model }: Spent): string {
  return JSON.stringify([agent_type, model]);
}

export function spansOf(spent: readonly Spent[], rates: Rates): Spans {
  return sumSpans(spent.map((one) => spansOfOne(one, rates)));
}

/** What an agent has spent ever; null if it was never counted. */
export function figureOf(usage: Usage | null, prices: Prices): Figure | null {
  if (usage === null) return null;
  return usage.spent.map((one) => priced(one, one.model, prices)).reduce(addFigures, noFigure);
}

/** Null if its model has no price. */
export function costOf(spent: Spent, prices: Prices): number | null {
  return priced(spent, spent.model, prices).cost_usd;
}

/** Sums what agents have spent, agent by agent, and keeps no more of them than the answer has. */
export class UsageSums {
  readonly #rates: Rates;
  readonly #request: UsageRequest;
  readonly #compare: Compare;
  readonly #spent = new Map<string, Spent>();
  /** Those that have spent most, in order. */
  readonly #agents: UsageItem[] = [];
  #others = { agents: 0, ...sumSpans([]) };

  constructor(rates: Rates, request: UsageRequest) {
    this.#rates = rates;
    this.#request = request;
    this.#compare = compareItems(request.period);
  }

  add({ agent_id, usage }: AgentUsage): void {
    const spent = (usage?.spent ?? []).map((one) => seenAt(this.#rates.now, one));
    for (const one of spent) addTo(this.#spent, one);
    this.#place({ name: agent_id, ...spansOf(spent, this.#rates) });
  }

  view(): UsageView {
    const { hour, day } = startsOf(this.#rates.now);
    const spent = [...this.#spent.values()];
    const group = (nameOf: (one: Spent) => string | null) =>
      [...Map.groupBy(spent, nameOf)]
        .map(([name, some]) => ({ name, ...spansOf(some, this.#rates) }))
        .sort(this.#compare);
    return {
      hour_start: hour,
      day_start: day,
      total: spansOf(spent, this.#rates),
      types: group(({ agent_type }) => agent_type),
      models: group(({ model }) => model),
      agents: [...this.#agents],
      others: this.#others,
    };
  }

  #place(item: UsageItem): void {
    const { limit } = this.#request;
    const last = this.#agents.at(-1);
    // Of a large fleet most agents are not among the first: one comparison each.
    const isOut =
      this.#agents.length >= limit && (last === undefined || this.#compare(item, last) > 0);
    if (!isOut) insert(this.#agents, item, this.#compare);
    const left = isOut ? item : this.#agents[limit];
    if (left === undefined) return;
    this.#agents.splice(limit);
    this.#others = { agents: this.#others.agents + 1, ...sumSpans([this.#others, left]) };
  }
}

type Compare = (one: UsageItem, other: UsageItem) => number;

/** @param items in order */
function insert(items: UsageItem[], item: UsageItem, compare: Compare): void {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(item, items[middle] ?? item) < 0) high = middle;
    else low = middle + 1;
  }
  items.splice(low, 0, item);
}

/** The usage of several fleets, no agent of which is in two of them. @param views at least one */
export function mergeUsage(
  views: readonly UsageView[],
  { period, limit }: UsageRequest,
): UsageView {
  const inOrder = compareItems(period);
  const merge = (of: (view: UsageView) => readonly UsageItem[]) =>
    [...Map.groupBy(views.flatMap(of), ({ name }) => name)]
      .map(([name, some]) => ({ name, ...sumSpans(some) }))
      .sort(inOrder);
  const all = merge(({ agents }) => agents);
  const rest = all.slice(limit);
  const left = views.map(({ others }) => others);
  return {
    hour_start: Math.max(...views.map((view) => view.hour_start)),
    day_start: Math.max(...views.map((view) => view.day_start)),
    total: sumSpans(views.map(({ total }) => total)),
    types: merge(({ types }) => types),
    models: merge(({ models }) => models),
    agents: all.slice(0, limit),
    others: {
      agents: left.reduce((sum, { agents }) => sum + agents, rest.length),
      ...sumSpans([...left, ...rest]),
    },
  };
}

export function sumSpans(all: readonly Spans[]): Spans {
  const sum = (period: Period) => all.map((one) => one[period]).reduce(addFigures, noFigure);
  return { hour: sum("hour"), day: sum("day"), ever: sum("ever") };
}

/** Positive if `other` has spent more: money first, then tokens. */
export function compareFigures(one: Figure, other: Figure): number {
  const byCost = (other.cost_usd ?? 0) - (one.cost_usd ?? 0);
  return byCost || tokensOf(other) - tokensOf(one);
}

/** Input and output tokens together. */
export function tokensOf({
  input_tokens,
  output_tokens,
}: Pick<Figure, "input_tokens" | "output_tokens">): number {
  return input_tokens + output_tokens;
}

function compareItems(period: Period): Compare {
  const order = [period, ...periods.filter((one) => one !== period)];
  return (one, other) => {
    for (const span of order) {
      const difference = compareFigures(one[span], other[span]);
      if (difference !== 0) return difference;
    }
    return (one.name ?? "") < (other.name ?? "") ? -1 : 1;
  };
}

/**
 * With the windows of `now` only, so that those of many agents add up. An earlier one is over. A later one,
 * of a call that ended while the rows were being read, counts as that of `now`.
 */
function seenAt(now: number, spent: Spent): Spent {
  const starts = startsOf(now);
  const seen = (period: "hour" | "day") => {
    const start = starts[period];
    const tokens = spent[period].start < start ? noTokens : spent[period];
    return { ...tokens, start };
  };
  return { ...spent, hour: seen("hour"), day: seen("day") };
}

/** A window of an earlier hour, or day, is over: nothing was spent since. */
function spansOfOne(spent: Spent, { now, prices }: Rates): Spans {
  const starts = startsOf(now);
  const current = (period: "hour" | "day") =>
    spent[period].start === starts[period] ? priced(spent[period], spent.model, prices) : noFigure;
  return {
    hour: current("hour"),
    day: current("day"),
    ever: priced(spent, spent.model, prices),
  };
}

function priced(
  { input_tokens, output_tokens }: Pick<Figure, "input_tokens" | "output_tokens">,
  model: string | null,
  prices: Prices,
): Figure {
  const price = prices.get(model ?? "");
  const tokens = { input_tokens, output_tokens };
  if (price === undefined) {
    return { ...tokens, cost_usd: null, unpriced_tokens: input_tokens + output_tokens };
  }
  const cost_usd = (input_tokens * price.input + output_tokens * price.output) / 1e6;
  return { ...tokens, cost_usd, unpriced_tokens: 0 };
}

function addFigures(one: Figure, other: Figure): Figure {
  const isUnpriced = one.cost_usd === null && other.cost_usd === null;
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    cost_usd: isUnpriced ? null : (one.cost_usd ?? 0) + (other.cost_usd ?? 0),
    unpriced_tokens: one.unpriced_tokens + other.unpriced_tokens,
  };
}

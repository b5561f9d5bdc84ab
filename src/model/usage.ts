/**
 * What agents have spent on models: tokens of each agent, by its type and by model, for this hour, this
 * day, and ever. Hours and days are those of UTC, as on the bills of providers. Money is not kept: it is
 * computed from the tokens with the prices of the moment. Pure; loads no schema library.
 *
 * A window that is over is replaced by the next call, and counts as 0 until then. Rejected: rolling
 * windows, which need a ring of minutes in each row; stored money, which a corrected price could not
 * correct.
 */

import type { usageSchema } from "./rows/usage-column.ts";
import type { StaticOf } from "./schema-parts.ts";

/** The column `usage` of an agent's row. */
export type Usage = NonNullable<StaticOf<typeof usageSchema>>;
/** Its tokens for one type and one model. */
export type Spent = Usage["spent"][number];
type Window = Spent["day"];

/** One ended model call that reported tokens. */
export interface SpentCall {
  readonly model: string | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
}

/** Where a call is stored: an agent's calls are counted in the order of these. */
export interface CallPlace {
  /** The start of the process that stored it. */
  readonly epoch: number;
  readonly effect_id: string;
}

/** US dollars for a million tokens, by the model's name at its provider. */
export type Prices = ReadonlyMap<string, { readonly input: number; readonly output: number }>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Pairs of type and model in one row. What further models spend counts without a name: the name comes from
 * the agent's thread, which may invent any number of them.
 */
export const SPENT_MAX = 32;

export const periods = ["hour", "day", "ever"] as const;
export type Period = (typeof periods)[number];

/** Of an agent that has spent nothing yet. */
export function newUsage(epoch: number): Usage {
  return { epoch, effect_id: "", spent: [] };
}

/** The start of the hour, and of the day, that this moment is in. */
export function startsOf(at: number): { readonly hour: number; readonly day: number } {
  return { hour: at - (at % HOUR_MS), day: at - (at % DAY_MS) };
}

/** The tokens of a call; undefined if its provider reported none. */
export function spentCall(
  { model, input_tokens, output_tokens }: Reported,
  at: number,
): SpentCall | undefined {
  if (input_tokens === null && output_tokens === null) return undefined;
  return { model, input_tokens: input_tokens ?? 0, output_tokens: output_tokens ?? 0, at };
}

interface Reported {
  readonly model: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

/** True if the call at this place is in the usage already. A row without usage has no call. */
function isCounted(usage: Usage | null, { epoch, effect_id }: CallPlace): boolean {
  if (usage === null || epoch > usage.epoch) return false;
  return epoch < usage.epoch || effect_id <= usage.effect_id;
}

/** The usage after these calls of the agent, which is of this type now. */
export function withCalls(
  usage: Usage,
  agentType: string,
  calls: readonly SpentCall[],
  last?: CallPlace,
): Usage {
  const spent = calls.reduce((sum, call) => withCall(sum, agentType, call), usage.spent);
  return { ...usage, ...last, spent };
}

/** Adds a call to the tokens of its type and model. */
export function withCall(
  spent: readonly Spent[],
  agentType: string,
  call: SpentCall,
): readonly Spent[] {
  const isOf = (model: string | null) => (one: Spent) =>
    one.agent_type === agentType && one.model === model;
  const isNamed = spent.some(isOf(call.model)) || spent.length < SPENT_MAX;
  const model = isNamed ? call.model : null;
  const place = spent.findIndex(isOf(model));
  const starts = startsOf(call.at);
  const before = spent[place] ?? nothing(agentType, model);
  const after: Spent = {
    ...before,
    ...addTokens(before, call),
    hour: inWindow(before.hour, starts.hour, call),
    day: inWindow(before.day, starts.day, call),
  };
  return place === -1 ? [...spent, after] : spent.with(place, after);
}

function nothing(agent_type: string, model: string | null): Spent {
  const window = { start: 0, input_tokens: 0, output_tokens: 0 };
  return { agent_type, model, input_tokens: 0, output_tokens: 0, hour: window, day: window };
}

/** A later window begins at 0; an earlier one is over. */
function inWindow(window: Window, start: number, call: SpentCall): Window {
  if (start < window.start) return window;
  const { input_tokens, output_tokens } = call;
  if (start > window.start) return { start, input_tokens, output_tokens };
  return { start, ...addTokens(window, call) };
}

interface Tokens {
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** Never more than a number holds exactly: a thread may report anything. */
function addTokens(one: Tokens, other: Tokens): Tokens {
  const add = (a: number, b: number) => Math.min(a + b, Number.MAX_SAFE_INTEGER);
  return {
    input_tokens: add(one.input_tokens, other.input_tokens),
    output_tokens: add(one.output_tokens, other.output_tokens),
  };
}

/** The sums of two that are of the same type and model. */
export function addSpent(one: Spent, other: Spent): Spent {
  return {
    ...one,
    ...addTokens(one, other),
    hour: addWindows(one.hour, other.hour),
    day: addWindows(one.day, other.day),
  };
}

/** Of two windows the later one counts. */
function addWindows(one: Window, other: Window): Window {
  if (one.start !== other.start) return one.start > other.start ? one : other;
  return { start: one.start, ...addTokens(one, other) };
}

/**
 * The usage of a row that an earlier process left, with the calls that were stored after it.
 * @param calls of the agent, in the order in which they were stored
 */
export function bringUpUsage(
  { usage, agent_type, epoch }: UsageRow,
  calls: readonly (SpentCall & CallPlace)[],
): Usage {
  const missing = calls.filter((call) => !isCounted(usage, call));
  const last = missing.at(-1);
  const before = usage ?? newUsage(epoch);
  if (last === undefined) return before;
  return withCalls(before, agent_type, missing, { epoch: last.epoch, effect_id: last.effect_id });
}

interface UsageRow {
  readonly usage: Usage | null;
  readonly agent_type: string;
  readonly epoch: number;
}

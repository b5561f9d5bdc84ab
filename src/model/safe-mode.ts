/** Safe mode, for a process that is started after too many deaths: its reason, and texts about it. */

import type { ErrorData } from "./error-data.ts";

/** Why a process brings its agents back paused. */
export interface SafeMode {
  /** Deaths of the process that led here, and the milliseconds within which they were too many. */
  readonly deaths: number;
  readonly windowMs: number;
  /** Agents whose own code ran at each of these deaths, at most {@link SUSPECTS_MAX}. */
  readonly suspects: readonly string[];
  /** Further such agents. */
  readonly suspectsMore: number;
}

/** Suspects that are named. More of them would not be informative. */
export const SUSPECTS_MAX = 10;

/** Agents whose own code ran when a process ended. */
export interface OwnCode {
  /** In a step, or in `onStop`. */
  readonly inStep: readonly string[];
  /** In their setup. */
  readonly starting: readonly string[];
}

/**
 * The agents that were in a step each time, or else those that were in any code of their own: all agents
 * are starting after a start, so this is a weaker hint. A single time gives no suspects.
 */
export function suspectsOf(times: readonly OwnCode[]): Pick<SafeMode, "suspects" | "suspectsMore"> {
  const inStep = inEach(times.map((time) => time.inStep));
  const inAny = () => inEach(times.map((time) => [...time.inStep, ...time.starting]));
  const always = inStep.length > 0 ? inStep : inAny();
  return {
    suspects: always.toSorted().slice(0, SUSPECTS_MAX),
    suspectsMore: Math.max(0, always.length - SUSPECTS_MAX),
  };
}

/** `the process died 6 times within 5 min; suspected: agent1, in its own code each time` */
export function describeDeaths({ deaths, windowMs, ...named }: SafeMode): string {
  const minutes = Math.round(windowMs / 60_000);
  return `the process died ${deaths} times within ${minutes} min; ${describeSuspects(named)}`;
}

export function describeSuspects({
  suspects,
  suspectsMore,
}: Pick<SafeMode, "suspects" | "suspectsMore">): string {
  if (suspects.length === 0) return "no agent was in its own code each time";
  const more = suspectsMore === 0 ? "" : ` and ${suspectsMore} more`;
  return `suspected: ${suspects.join(", ")}${more}, in its own code each time`;
}

/** The error in the row of an agent that would run and was brought back paused after so many steps. */
export function safeModeError(safeMode: SafeMode, at: number, iteration: number): ErrorData {
  const message = `came back paused: ${describeDeaths(safeMode)}; resume it when it is safe`;
  return { code: "SAFE_MODE", message, at, details: { iteration } };
}

function inEach(times: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = times.map((ids) => new Set(ids));
  return others.length === 0 ? [] : [...first].filter((id) => others.every((ids) => ids.has(id)));
}

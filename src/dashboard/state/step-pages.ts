/** The steps and interrupts on an agent's page: pages and events merged, newest first. Pure. */

import type { ActionView } from "../../model/agent-view.ts";
import type { StepRow } from "../../model/step.ts";

/** Steps kept, the newest: with more of them a page becomes slow. */
export const STEPS_KEPT_MAX = 1_000;

/** Older steps than the known ones: there are none, they can be loaded, or they have no room. */
export type OlderSteps = "none" | "loadable" | "no_room";

/** @param known newest first @param cursor of the page after them; null if it was the last one */
export function olderSteps(known: readonly StepRow[], cursor: string | null): OlderSteps {
  if (known.length < STEPS_KEPT_MAX) return cursor === null ? "none" : "loadable";
  // Those that had no room when newer ones came have no cursor.
  const isFirst = known.at(-1)?.iteration === 1;
  return isFirst && cursor === null ? "none" : "no_room";
}

export function mergeSteps(
  known: readonly StepRow[],
  found: readonly StepRow[],
): readonly StepRow[] {
  const all = new Map([...known, ...found].map((step) => [step.step_id, step]));
  const sorted = [...all.values()].sort((one, other) => other.iteration - one.iteration);
  return sorted.slice(0, STEPS_KEPT_MAX);
}

/** Newest first; what was read last counts. */
export function mergeInterrupts(
  known: readonly ActionView[],
  found: readonly ActionView[],
): readonly ActionView[] {
  const all = new Map([...known, ...found].map((action) => [action.id, action]));
  return [...all.values()].sort(
    (one, other) => other.created_at - one.created_at || (one.id < other.id ? 1 : -1),
  );
}

/** The known steps without those before a gap: steps between them and `newest` were missed. */
export function withoutGap(
  known: readonly StepRow[],
  newest: readonly StepRow[],
): readonly StepRow[] {
  const ids = new Set(newest.map(({ step_id }) => step_id));
  const [last] = newest;
  if (last === undefined || known.some(({ step_id }) => ids.has(step_id))) return known;
  return known.filter(({ iteration }) => iteration > last.iteration);
}

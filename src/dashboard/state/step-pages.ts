/**
 * The steps and interrupts on an agent's page: pages and events merged, newest first. Steps of events are
 * kept apart until the newest page is read: the first event after a cut may come before that page, and is
 * no sign that none was missed. Pure.
 *
 * Rejected: resuming an agent's events after the last one. The server may have forgotten it, and then the
 * page must be read all the same.
 */

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

/** Steps that were read in pages, and those that came as events. */
export interface StepPages {
  /** Without a gap. */
  readonly read: readonly StepRow[];
  /** Of events since the last break. Only the newest page shows whether some before them were missed. */
  readonly fresh: readonly StepRow[];
  /** The cursor of older steps; null if there are none. */
  readonly cursor: string | null;
  /** The newest page was read since the last break. */
  readonly isWhole: boolean;
  /** How many times steps may have been missed. */
  readonly breaks: number;
}

interface StepPage {
  readonly items: readonly StepRow[];
  readonly next_cursor: string | null;
}

export const noPages: StepPages = { read: [], fresh: [], cursor: null, isWhole: false, breaks: 0 };

/** Steps may have been missed before the next event. */
export function withBreak(pages: StepPages): StepPages {
  // Events between two breaks have a gap on either side, unless the newest page was read in between.
  const read = pages.isWhole ? allSteps(pages) : pages.read;
  return { ...pages, read, fresh: [], isWhole: false, breaks: pages.breaks + 1 };
}

export function withStep(pages: StepPages, step: StepRow): StepPages {
  return { ...pages, fresh: mergeSteps(pages.fresh, [step]) };
}

/** @param breaks how many there were when the page was requested: a later one makes it useless */
export function withNewest(pages: StepPages, page: StepPage, breaks: number): StepPages {
  if (breaks !== pages.breaks) return pages;
  const known = withoutGap(pages.read, page.items);
  const hasOlder = known.length > 0 && known.length === pages.read.length;
  const newest = page.items[0]?.iteration ?? 0;
  return {
    ...pages,
    read: mergeSteps(known, page.items),
    // The others are on this page, or behind its cursor.
    fresh: pages.fresh.filter(({ iteration }) => iteration >= newest),
    // If older ones were loaded, the cursor stays theirs.
    cursor: hasOlder ? pages.cursor : page.next_cursor,
    isWhole: true,
  };
}

/** @param page the one of {@link StepPages.cursor} */
export function withOlder(pages: StepPages, page: StepPage): StepPages {
  return { ...pages, read: mergeSteps(pages.read, page.items), cursor: page.next_cursor };
}

/** Newest first. */
export function allSteps({ read, fresh }: StepPages): readonly StepRow[] {
  return mergeSteps(read, fresh);
}

/** The known steps without those before a gap: steps between them and `newest` were missed. */
function withoutGap(known: readonly StepRow[], newest: readonly StepRow[]): readonly StepRow[] {
  const ids = new Set(newest.map(({ step_id }) => step_id));
  const [last] = newest;
  if (last === undefined || known.some(({ step_id }) => ids.has(step_id))) return known;
  return known.filter(({ iteration }) => iteration > last.iteration);
}

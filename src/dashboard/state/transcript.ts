/**
 * An agent's page as a conversation: its steps, oldest first, each after the guidance that it used.
 * Pure.
 */

import type { AgentRow } from "../../model/agent.ts";
import type { ActionView } from "../../model/agent-view.ts";
import type { StepRow } from "../../model/step.ts";
import { type GuidanceUse, useOf } from "./guidance-use.ts";

export type TranscriptEntry =
  | {
      readonly kind: "step";
      readonly key: string;
      readonly step: StepRow;
      /** Its subject if it is another one than that of the step before. */
      readonly subject: string | null;
    }
  | {
      readonly kind: "guidance";
      readonly key: string;
      readonly action: ActionView;
      readonly use: GuidanceUse;
    }
  /** The agent was started again before the next step. */
  | { readonly kind: "start"; readonly key: string; readonly generation: number };

export interface TranscriptParts {
  /** In any order. */
  readonly steps: readonly StepRow[];
  readonly interrupts: readonly ActionView[];
  readonly agent: Pick<AgentRow, "pending_guidance">;
  /** All steps were read: what is older than the first one is not further back. */
  readonly isWhole: boolean;
}

/**
 * Oldest first. Guidance is before the step that used it, or where it was sent if none did; what is
 * queued or waiting is the end. Guidance of steps that were not read is left out.
 */
export function transcriptOf(parts: TranscriptParts): readonly TranscriptEntry[] {
  const steps = parts.steps.toSorted((one, other) => one.iteration - other.iteration);
  const { placed, open } = placeGuidance(parts, steps);
  const entries: TranscriptEntry[] = [];
  for (const [at, step] of steps.entries()) {
    const before = steps[at - 1];
    if (before !== undefined && before.generation !== step.generation) {
      const { generation } = step;
      entries.push({ kind: "start", key: `start ${generation}`, generation });
    }
    entries.push(...(placed.get(step.step_id) ?? []));
    const subject = step.subject === before?.subject ? null : step.subject;
    entries.push({ kind: "step", key: step.step_id, step, subject });
  }
  return [...entries, ...open];
}

interface PlacedGuidance {
  /** By the id of the step that it is before. */
  readonly placed: ReadonlyMap<string, readonly TranscriptEntry[]>;
  /** After all steps. */
  readonly open: readonly TranscriptEntry[];
}

/** @param steps oldest first */
function placeGuidance(
  { interrupts, agent, isWhole }: TranscriptParts,
  steps: readonly StepRow[],
): PlacedGuidance {
  const placed = new Map<string, TranscriptEntry[]>();
  const open: TranscriptEntry[] = [];
  const [first] = steps;
  for (const action of interrupts.toSorted(compareSent)) {
    const use = useOf(action, agent, steps);
    const entry = { kind: "guidance", key: action.id, action, use } as const;
    const next = nextStep(entry, steps);
    const isFurtherBack = next === first && !isWhole && use.state !== "waiting";
    if (next === undefined) open.push(entry);
    else if (!isFurtherBack || isUsedBy(use, next)) {
      placed.set(next.step_id, [...(placed.get(next.step_id) ?? []), entry]);
    }
  }
  return { placed, open };
}

/** The step that the guidance is before; undefined if it is after all. */
function nextStep(
  { action, use }: { readonly action: ActionView; readonly use: GuidanceUse },
  steps: readonly StepRow[],
): StepRow | undefined {
  if (use.state === "queued" || use.state === "waiting") return undefined;
  if (use.state === "used" && use.step !== null) return use.step;
  return steps.find(({ started_at }) => started_at > action.created_at);
}

function isUsedBy(use: GuidanceUse, step: StepRow): boolean {
  return use.state === "used" && use.step?.step_id === step.step_id;
}

function compareSent(one: ActionView, other: ActionView): number {
  return one.created_at - other.created_at || (one.id < other.id ? -1 : 1);
}

/** Entries that are shown at first, and with each request for older ones. */
export const ENTRIES_A_PAGE = 50;

/** Shows all entries, in place of the key of the first one. */
export const OLDEST = "";

/** The newest entries, or those from a first one on, which stays. */
export function shownFrom(
  entries: readonly TranscriptEntry[],
  firstKey: string | null,
): readonly TranscriptEntry[] {
  if (firstKey === OLDEST) return entries;
  const at = firstKey === null ? -1 : entries.findIndex(({ key }) => key === firstKey);
  return at === -1 ? entries.slice(-ENTRIES_A_PAGE) : entries.slice(at);
}

/** How many entries came after those that were seen; older ones do not count. */
export function countNew(entries: readonly TranscriptEntry[], seen: ReadonlySet<string>): number {
  const from = entries.findIndex(({ key }) => seen.has(key));
  return from === -1 ? 0 : entries.slice(from).filter(({ key }) => !seen.has(key)).length;
}

/** An agent's row after a step: what the report of a step changes, and what brings up an old row. Pure. */

import type { AgentRow, ExitReason } from "./agent.ts";
import { parseJson } from "./parse-json.ts";
import { stepError } from "./recent-restarts.ts";
import type { WholeStepRow } from "./step.ts";

/** How an agent ends that is done. */
const FINISHED: ExitReason = { reason: "finished", rung: "none", took_ms: 0 };

/** The columns that only steps and their calls change. */
export type StepState = Pick<
  AgentRow,
  | "iteration"
  | "turn"
  | "result"
  | "current_subject"
  | "context"
  | "history"
  | "next_at"
  | "next_on"
  | "usage"
>;

export function stepStateOf(row: AgentRow): StepState {
  const { iteration, turn, result, current_subject, context, history } = row;
  const { next_at, next_on, usage } = row;
  return { iteration, turn, result, current_subject, context, history, next_at, next_on, usage };
}

/** The row once this step has ended. */
export function afterStep(row: AgentRow, step: WholeStepRow): AgentRow {
  const { iteration, status, subject, result, error, context, ended_at } = step;
  const used = new Set(step.guidance_used);
  const history =
    result === null ? row.history : row.history.with({ iteration, subject, result, at: ended_at });
  return {
    ...row,
    iteration,
    turn: status === "ok" ? iteration + 1 : openTurn(row),
    result: result ?? row.result,
    current_subject: subjectAfter(step),
    pending_guidance: row.pending_guidance.filter(({ action_id }) => !used.has(action_id)),
    context: context ?? row.context,
    history,
    last_error: error === null ? row.last_error : stepError(error, step, row.last_error),
    exit_reason: step.done ? FINISHED : row.exit_reason,
    next_at: step.next_at,
    next_on: step.next_on,
  };
}

/** The number of the turn that the agent's next step belongs to. */
export function openTurn({ turn, iteration }: Pick<AgentRow, "turn" | "iteration">): number {
  return turn === 0 ? iteration + 1 : turn;
}

/** What says whether a row has a step. */
type StepPlace = Pick<WholeStepRow, "epoch" | "iteration">;

/**
 * The steps that the row lacks, in their order: later ones of its epoch, and all of later epochs, whose
 * first row may not have been merged. If the row's epoch is damaged, and reads as 0, the iteration alone
 * decides. A step that a replaced process stored late does not count if a later epoch has the same iteration.
 * @param steps of the agent, in any order
 */
export function stepsAfter<Step extends StepPlace>(
  row: StepPlace,
  steps: readonly Step[],
): readonly Step[] {
  const newer = steps.filter(({ epoch, iteration }) =>
    epoch === row.epoch || row.epoch === 0 ? iteration > row.iteration : epoch > row.epoch,
  );
  newer.sort((left, right) => right.epoch - left.epoch || right.iteration - left.iteration);
  const counted: Step[] = [];
  for (const step of newer) {
    const next = counted.at(-1);
    if (next === undefined || step.iteration < next.iteration) counted.push(step);
  }
  return counted.reverse();
}

/**
 * A row of an earlier process, once it has the steps that were stored after it. Guidance that they used
 * and the row never had counts as applied: its action may be dispatched again.
 * @param steps of the agent, in any order
 */
export function bringUp(row: AgentRow, steps: readonly WholeStepRow[]): AgentRow {
  const newer = stepsAfter(row, steps);
  const [first, last] = [newer[0], newer.at(-1)];
  if (first === undefined || last === undefined) return row;
  const known = new Set([
    ...row.applied_actions,
    ...row.pending_guidance.map(({ action_id }) => action_id),
  ]);
  const unknown = newer
    .flatMap(({ guidance_used }) => guidance_used ?? [])
    .filter((id) => !known.has(id));
  const before = {
    ...row,
    applied_actions: [...row.applied_actions, ...unknown],
    // A replaced process may have merged the row once more: what it did is not the agent's past.
    history: row.history.before(first.iteration),
    generation: Math.max(row.generation, last.generation),
  };
  return newer.reduce(afterStep, before);
}

function subjectAfter({ subject, subject_after }: WholeStepRow): string | null {
  if (subject_after === null) return subject;
  const after = parseJson(subject_after);
  return typeof after === "string" ? after : null;
}

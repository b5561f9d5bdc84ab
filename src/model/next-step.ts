/** When an agent's next step is due, as its last step said. Pure; loads no schema library. */

/** What a next step can wait for, apart from a time. */
export const nextSteps = ["guidance"] as const;

/**
 * Milliseconds since the epoch; `guidance`: when guidance arrives, and not before; null: the step said
 * nothing, and the agent's interval decides. Guidance makes a step due in any case.
 */
export type NextStep = number | (typeof nextSteps)[number] | null;

/** The columns of a step and of its agent that keep it. */
export interface NextColumns {
  readonly next_at: number | null;
  readonly next_on: (typeof nextSteps)[number] | null;
}

export function nextStepOf({ next_at, next_on }: NextColumns): NextStep {
  return next_on ?? next_at;
}

export function nextColumns(next: NextStep): NextColumns {
  return next === "guidance" ? { next_at: null, next_on: next } : { next_at: next, next_on: null };
}

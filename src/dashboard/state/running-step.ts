/** The step that an agent is in, as far as the page knows. Pure. */

import type { AgentView, LiveFigures } from "../../model/agent-view.ts";
import type { StepRow } from "../../model/step.ts";

export interface StepInFlight {
  readonly iteration: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** @param steps newest first */
export function stepInFlight(
  view: Pick<AgentView, "iteration"> | null,
  live: Pick<LiveFigures, "step_since"> | null,
  steps: readonly StepRow[],
): StepInFlight | null {
  const since = live?.step_since ?? null;
  if (since === null) return null;
  const [last] = steps;
  // It may have ended since the figures were read.
  if (last !== undefined && last.started_at >= since) return null;
  return { iteration: (last?.iteration ?? view?.iteration ?? 0) + 1, since };
}

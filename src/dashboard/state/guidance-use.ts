/** What became of guidance, according to its action, the agent's row and its steps. Pure. */

import type { AgentRow } from "../../model/agent.ts";
import type { ActionView } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { StepRow } from "../../model/step.ts";

export type GuidanceUse =
  | { readonly state: "queued" }
  | { readonly state: "refused"; readonly error: ErrorData | null }
  /** The agent has it and will use it in its next step. */
  | { readonly state: "waiting" }
  /**
   * `step` is null if none of the steps read says so: it is further back, or from an older Troupe.
   */
  | { readonly state: "used"; readonly step: StepRow | null };

/** @param steps of the agent, in any order */
export function useOf(
  action: ActionView,
  agent: Pick<AgentRow, "pending_guidance">,
  steps: readonly StepRow[],
): GuidanceUse {
  const step = steps.find(({ guidance_used }) => guidance_used?.includes(action.id) === true);
  if (step !== undefined) return { state: "used", step };
  const isPending = agent.pending_guidance.some(({ action_id }) => action_id === action.id);
  if (isPending) return { state: "waiting" };
  if (action.outcome === null) return { state: "queued" };
  if (action.outcome !== "done") return { state: "refused", error: action.error };
  return { state: "used", step: null };
}

/** The guidance in the payload of an interrupt. */
export function guidanceOf({ payload }: ActionView): unknown {
  const isObject = typeof payload === "object" && payload !== null;
  return isObject && "guidance" in payload ? payload.guidance : payload;
}

/** The new subject, if the guidance is nothing else. */
export function subjectOf(guidance: unknown): string | null {
  if (typeof guidance !== "object" || guidance === null) return null;
  const [entry, ...others] = Object.entries(guidance);
  if (entry === undefined || others.length > 0) return null;
  const [name, value] = entry;
  return name === "subject" && typeof value === "string" ? value : null;
}

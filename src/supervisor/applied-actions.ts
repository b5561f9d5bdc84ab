/** The ids of actions whose effect is in an agent's row, until their acks are stored. Pure. */

import type { AgentRow } from "../model/agent.ts";

/** Applied actions whose ids are kept: more than one agent can have unacked (`UNACKED_MAX`). */
const APPLIED_KEPT_MAX = 2_500;
/** Applied actions from which a row is merged soon, so that their entries may leave the journal. */
const APPLIED_WAITING_MAX = 500;

type AppliedActions = AgentRow["applied_actions"];

export function withApplied(applied: AppliedActions, actionId: string): AppliedActions {
  return [...applied, actionId].slice(-APPLIED_KEPT_MAX);
}

/** True if so many actions wait for the row that its merge must not wait. */
export function isMergeDue(applied: AppliedActions): boolean {
  return applied.length >= APPLIED_WAITING_MAX;
}

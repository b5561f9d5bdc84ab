/** Rows for tests, complete, with what the test cares about put in. */

import type { PendingAction } from "../../src/store/tables/pending-rows.ts";

export function pendingAction(given: Partial<PendingAction> = {}): PendingAction {
  return {
    id: "1",
    action: "agent_pause",
    agent_id: "agent1",
    actor: "test",
    payload: JSON.stringify({ agent_id: given.agent_id ?? "agent1" }),
    metadata: null,
    urgency: 0,
    created_at: 1,
    processed: false,
    not_before: null,
    attempts: 0,
    outcome: null,
    error: null,
    processed_at: null,
    rowId: 0n,
    ...given,
  };
}

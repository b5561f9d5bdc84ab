/** An action's way through the queue as a state machine: a table, and one pure function over it. */

import type { ActionOutcome } from "./action.ts";

/**
 * `waiting` in the table for its turn, also between two attempts · `in_flight` taken by this process
 * and not acked · then, for ever, its outcome.
 */
export type ActionState = "waiting" | "in_flight" | ActionOutcome;

/**
 * `take` it is handed to its handler · `succeed` its effect is stored · `refuse` it makes no sense,
 * or not now · `withdraw` nobody wants it any longer, and it is not begun · `fail` it met a fault that may pass · `exhaust` so did its last attempt · `crash` the
 * process died before the ack was stored.
 */
export type ActionTrigger =
  | "take"
  | "succeed"
  | "refuse"
  | "withdraw"
  | "fail"
  | "exhaust"
  | "crash";

const transitions: Record<ActionState, Partial<Record<ActionTrigger, ActionState>>> = {
  waiting: { take: "in_flight", withdraw: "cancelled", crash: "waiting" },
  in_flight: {
    succeed: "done",
    refuse: "rejected",
    fail: "waiting",
    exhaust: "dead",
    crash: "waiting",
  },
  done: { crash: "done" },
  cancelled: { crash: "cancelled" },
  rejected: { crash: "rejected" },
  dead: { crash: "dead" },
};

/** The state after `trigger`, or undefined where it cannot happen in `state`. Pure. */
export function actionTransition(
  state: ActionState,
  trigger: ActionTrigger,
): ActionState | undefined {
  return transitions[state][trigger];
}

/** An action in this process as a state machine: a table, and one pure function over it. */

/**
 * `absent` nothing is known of it, the table may hold it · `announced` its row is being appended by
 * this process, and nobody else can have used its id · `sought` a withdrawal reads its row, and nobody
 * may take it · `waiting` in its lane, for its turn · `held` a withdrawal decides on it, and nobody may
 * take it · `handling` its handler runs · `storing` its effect is there and being stored · `ending` its
 * outcome is being stored · `postponing` its next attempt is being stored · `stored` its row says so,
 * and a poll that began earlier may have read it as it was.
 */
export type ActionState =
  | "absent"
  | "announced"
  | "sought"
  | "waiting"
  | "held"
  | "handling"
  | "storing"
  | "ending"
  | "postponing"
  | "stored";

/**
 * `announce` its row is about to be appended · `admit` its row is put into its lane · `seek` somebody
 * wants to withdraw it, and it is not in a lane · `find` its row is read, and it waits · `hold` somebody
 * wants to withdraw it, and it is in its lane · `give_back` it is not withdrawn · `take` its handler
 * begins · `affect` its handler has ended, and its effect is being stored · `end` its outcome is known ·
 * `postpone` it met a fault that may pass · `store` its row says how it ended, or when its next attempt
 * is · `forget` the table alone knows it from now on.
 */
export type ActionTrigger =
  | "announce"
  | "admit"
  | "seek"
  | "find"
  | "hold"
  | "give_back"
  | "take"
  | "affect"
  | "end"
  | "postpone"
  | "store"
  | "forget";

const transitions: Record<ActionState, Partial<Record<ActionTrigger, ActionState>>> = {
  absent: { announce: "announced", admit: "waiting", seek: "sought" },
  announced: { admit: "waiting", seek: "sought", forget: "absent" },
  sought: { find: "held", store: "stored", forget: "absent" },
  waiting: { take: "handling", hold: "held" },
  held: { give_back: "waiting", end: "ending", forget: "absent" },
  handling: { affect: "storing", end: "ending", postpone: "postponing" },
  storing: { end: "ending", postpone: "postponing" },
  ending: { store: "stored" },
  postponing: { store: "stored" },
  stored: { seek: "sought", forget: "absent" },
};

/** The state after `trigger`, or undefined if it cannot happen in `state`. Pure. */
export function actionTransition(
  state: ActionState,
  trigger: ActionTrigger,
): ActionState | undefined {
  return transitions[state][trigger];
}

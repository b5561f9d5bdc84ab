/** The state machine of an action in this process: a table, and one pure function over it. */

/**
 * `absent` unknown here, perhaps in the table · `announced` this process is appending its row, so no other
 * row has its id · `sought` a withdrawal reads its row, so no poll may take it · `waiting` in its lane ·
 * `held` a withdrawal decides on it, so it cannot be taken · `handling` its handler runs · `storing` its
 * effect is being stored · `ending` its outcome is being stored · `postponing` its next attempt is being
 * stored · `stored` its row is up to date, but an earlier poll may have read the old one.
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
 * `announce` its row is about to be appended · `admit` its row is put into its lane · `seek` a withdrawal
 * looks for it in the table · `find` its row was read and is pending · `hold` a withdrawal takes it out of
 * its lane · `give_back` it is not withdrawn · `take` its handler begins · `affect` its handler has ended,
 * and its effect is being stored · `end` its outcome is known · `postpone` it is retried later · `store`
 * its outcome or its next attempt is stored · `forget` only the table has it from now on.
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

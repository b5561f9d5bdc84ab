/** The state machine of an action in this process: a table, and one pure function over it. */

/**
 * `absent` unknown here, perhaps in the table · `announced` this process is appending its row, so no other
 * row has its id · `sought` a withdrawal reads its row, so no poll may take it · `waiting` in its lane ·
 * `held` a withdrawal decides on it, so it cannot be taken · `handling` its handler runs · `storing` its
 * effect is being stored · `ending` its outcome is being stored · `postponing` its next attempt is being
 * stored · `journaled` its outcome is in the journal, and the table may lack it · `stored` its row is up to
 * date, but an earlier poll may have read the old one.
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
  | "journaled"
  | "stored";

/**
 * `announce` its row is about to be appended · `admit` its row is put into its lane · `seek` a withdrawal
 * looks for it in the table · `find` its row was read and is pending · `hold` a withdrawal takes it out of
 * its lane · `give_back` it is not withdrawn · `take` its handler begins · `affect` its handler has ended,
 * and its effect is being stored · `end` its outcome is known · `postpone` it is retried later · `journal`
 * its outcome is in the journal · `store` its outcome or its next attempt is in the table · `forget` only
 * the table has it from now on.
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
  | "journal"
  | "store"
  | "forget";

const transitions: Record<ActionState, Partial<Record<ActionTrigger, ActionState>>> = {
  absent: { announce: "announced", admit: "waiting", seek: "sought", journal: "journaled" },
  announced: { admit: "waiting", seek: "sought", forget: "absent" },
  sought: { find: "held", store: "stored", forget: "absent" },
  waiting: { take: "handling", hold: "held" },
  held: { give_back: "waiting", end: "ending", forget: "absent" },
  handling: { affect: "storing", end: "ending", postpone: "postponing", journal: "journaled" },
  storing: { end: "ending", postpone: "postponing", journal: "journaled" },
  ending: { journal: "journaled", store: "stored" },
  postponing: { store: "stored" },
  journaled: { store: "stored" },
  stored: { seek: "sought", forget: "absent" },
};

/** The state after `trigger`, or undefined if it cannot happen in `state`. Pure. */
export function actionTransition(
  state: ActionState,
  trigger: ActionTrigger,
): ActionState | undefined {
  return transitions[state][trigger];
}

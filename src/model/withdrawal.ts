/** Withdrawal: the note in the action's row, and the refusal of a withdrawal that is too late. Pure. */

import type { ActionRow } from "./action.ts";
import type { ErrorData } from "./error-data.ts";
import { TroupeError } from "./errors.ts";
import { excerpt } from "./ids.ts";

/** The note in the row of a withdrawn action. */
export function withdrawnBy(actor: string, reason: string | undefined, at: number): ErrorData {
  const why = reason === undefined ? "" : `: ${reason}`;
  return { code: "ACTION_WITHDRAWN", message: `withdrawn by ${actor}${why}`, at };
}

export function actionBegun({ id, outcome }: Pick<ActionRow, "id" | "outcome">): TroupeError {
  const now = outcome ?? "being carried out";
  const message = `action ${excerpt(id)} is ${now}; only one that has not started can be withdrawn`;
  return new TroupeError("ACTION_BEGUN", message, { details: { id, outcome } });
}

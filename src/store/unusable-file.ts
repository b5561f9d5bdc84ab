/** The error of a start that cannot use one of its files: names it, and what helps. */

import { messageOf, TroupeError } from "../model/errors.ts";
import { remedyOf } from "../model/system-fault.ts";

export function unusableFile(problem: string, path: string, cause: unknown): TroupeError {
  const text = messageOf(cause);
  const remedy = remedyOf(cause);
  const why = remedy === undefined ? text : `${text}; ${remedy}`;
  const options = { cause, details: { path } };
  return new TroupeError("DATABASE_UNUSABLE", `${problem}: ${why}`, options);
}

/** The error of a start that cannot use one of its files: names it, and what helps. */

import { TroupeError } from "../model/errors.ts";
import { withRemedy } from "../model/system-fault.ts";

export function unusableFile(problem: string, path: string, cause: unknown): TroupeError {
  const options = { cause, details: { path } };
  return new TroupeError("DATABASE_UNUSABLE", `${problem}: ${withRemedy(cause)}`, options);
}

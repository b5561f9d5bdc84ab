/** The inverse of `toErrorData`, for errors that another thread or process sent. */

import { isErrorCode } from "./error-codes.ts";
import type { ErrorData } from "./error-data.ts";
import { reviveError, type TroupeError } from "./errors.ts";

/** An error to throw; an unknown code becomes `INTERNAL`. */
export function fromErrorData(data: ErrorData): TroupeError {
  return reviveError({ ...data, code: isErrorCode(data.code) ? data.code : "INTERNAL" });
}

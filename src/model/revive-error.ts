/** Errors that were data: what another thread or process sent becomes an error to throw. */

import { isErrorCode } from "./error-codes.ts";
import type { ErrorData } from "./error-data.ts";
import { reviveError, type TroupeError } from "./errors.ts";

/** The way back of `toErrorData`: an error to throw from what another thread or process sent. */
export function fromErrorData(data: ErrorData): TroupeError {
  return reviveError({ ...data, code: isErrorCode(data.code) ? data.code : "INTERNAL" });
}

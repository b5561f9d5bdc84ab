/** The program's exit codes, and the exit code of each error. */

import type { ErrorCode } from "../model/error-codes.ts";
import { TroupeError } from "../model/errors.ts";

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  rejected: 4,
  timedOut: 5,
  noServer: 6,
} as const;

/** For the program's help and for docs/cli.md. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: "ok",
  failed: "failed",
  usage: "usage",
  notFound: "not found",
  rejected: "rejected",
  timedOut: "timed out",
  noServer: "no server, and the command needs one",
};

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A mistake on the command line that commander cannot detect. Printed without a code. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const exitCodeOfError: Partial<Record<ErrorCode, ExitCode>> = {
  ACTION_BEGUN: exitCodes.rejected,
  ACTION_NOT_FOUND: exitCodes.notFound,
  AGENT_HAS_NO_THREAD: exitCodes.rejected,
  AGENT_ID_INVALID: exitCodes.usage,
  AGENT_TYPE_UNKNOWN: exitCodes.notFound,
  AGENT_UNKNOWN: exitCodes.notFound,
  CURSOR_INVALID: exitCodes.usage,
  DATABASE_NOT_FOUND: exitCodes.notFound,
  EFFECT_NOT_FOUND: exitCodes.notFound,
  EFFECT_SETTLED: exitCodes.rejected,
  INSPECTION_BUSY: exitCodes.rejected,
  INSPECTION_LIMIT: exitCodes.rejected,
  INSPECTION_TIMEOUT: exitCodes.timedOut,
  INSPECTION_TOO_LARGE: exitCodes.rejected,
  SERVER_NOT_READY: exitCodes.noServer,
  SERVER_UNREACHABLE: exitCodes.noServer,
  SERVER_URL_INVALID: exitCodes.usage,
  SHARD_MISDIRECTED: exitCodes.rejected,
  STEP_NOT_FOUND: exitCodes.notFound,
  WAIT_TIMEOUT: exitCodes.timedOut,
};

/** The exit code for a command's error. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof UsageError) return exitCodes.usage;
  if (!(thrown instanceof TroupeError)) return exitCodes.failed;
  if (isFlagFault(thrown)) return exitCodes.usage;
  return exitCodeOfError[thrown.code] ?? exitCodes.failed;
}

/** The message of an invalid setting starts with its source: a flag, or a variable. */
function isFlagFault(error: TroupeError): boolean {
  return error.code === "SETTING_INVALID" && error.message.startsWith("--");
}

/**
 * Files of SQLite that this process cannot use. They are refused before SQLite opens them: its own errors have no
 * cause, and a file that can only be read it opens silently, with a lock that others can share.
 */

import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { TroupeError } from "../model/errors.ts";
import { withRemedy } from "../model/system-fault.ts";

/**
 * The file can be read and written or, if there is none, its folder.
 * @throws the operating system's error, with the path
 */
export function requireWritable(path: string): void {
  const there = existsSync(path) ? path : dirname(path);
  accessSync(there, constants.R_OK | constants.W_OK);
}

/** The error of a start that cannot use one of its files: names it, and what helps. */
export function unusableFile(problem: string, path: string, cause: unknown): TroupeError {
  const options = { cause, details: { path } };
  return new TroupeError("DATABASE_UNUSABLE", `${problem}: ${withRemedy(cause)}`, options);
}

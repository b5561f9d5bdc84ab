/**
 * Refuses files of SQLite that this process cannot write, before SQLite opens them: its own errors have no cause,
 * and a file that can only be read it opens without a word, with a lock that others can share.
 */

import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The file can be read and written or, if there is none, its folder.
 * @throws the operating system's error, with the path
 */
export function requireWritable(path: string): void {
  const there = existsSync(path) ? path : dirname(path);
  accessSync(there, constants.R_OK | constants.W_OK);
}

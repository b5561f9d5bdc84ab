/**
 * The folder for temporary files. LanceDB makes one when it opens a database, and ends the whole process if
 * it cannot: in a container whose root is read-only, or under a `TMPDIR` that is gone.
 */

import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Variables that name the folder: the first on POSIX, the others on Windows. */
const NAMES = ["TMPDIR", "TEMP", "TMP"] as const;

export interface TempFolder {
  /** Variables that have to be set; empty if the usual folder can be written. */
  readonly env: Readonly<Record<string, string>>;
  /** A sentence for the user, if another folder takes its place. */
  readonly warning?: string;
}

/**
 * The usual folder, or one in `stateFolder` if the usual one cannot be written. If that cannot be made either,
 * nothing is set: the code that needs the folder fails with an error that says more.
 * @param stateFolder the folder of the database's files on this machine
 * @param mayMake true if `stateFolder` may be made
 */
export function findTempFolder(stateFolder: string, mayMake: boolean): TempFolder {
  const usual = tmpdir();
  if (isUsable(usual) || !(mayMake || existsSync(stateFolder))) return { env: {} };
  const folder = join(stateFolder, "tmp");
  try {
    makeFolder(folder, 0o700);
  } catch {
    return { env: {} };
  }
  const env = Object.fromEntries(NAMES.map((name) => [name, folder]));
  return { env, warning: `${usual} cannot be written; temporary files are made in ${folder}` };
}

function isUsable(folder: string): boolean {
  try {
    rmdirSync(mkdtempSync(join(folder, "troupe-")));
    return true;
  } catch {
    return false;
  }
}

/**
 * The folder for temporary files. LanceDB makes one when it opens a database, and ends the whole process if
 * it cannot: in a container whose root is read-only, or under a `TMPDIR` that is gone.
 */

import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
 * nothing is set: the error of whoever needs the folder says more.
 * @param stateFolder the folder of the database's files on this machine
 * @param isMaking true if `stateFolder` may be made
 */
export function findTempFolder(stateFolder: string, isMaking: boolean): TempFolder {
  const usual = tmpdir();
  if (isUsable(usual) || !(isMaking || existsSync(stateFolder))) return { env: {} };
  const folder = join(stateFolder, "tmp");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
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

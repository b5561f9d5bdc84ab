/**
 * Makes a folder and those above it. Node's own `recursive` never returns where a file system refuses a new
 * folder with ENOENT, as `/proc` does: it tries to make the parent again and again.
 */

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Does nothing if the folder is there. @throws the operating system's error, which names the path. */
export function makeFolder(path: string, mode = 0o777): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isFolder(path)) throw error; // another process may have been first
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

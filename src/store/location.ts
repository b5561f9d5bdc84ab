/**
 * Where a database lies.
 * Invariant: nothing here imports LanceDB, because programs that open no table ask for it, too.
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of a database on this machine, absolute; undefined for one on an object store. */
export function localFolder(location: string): string | undefined {
  if (location.startsWith("file://")) return fileURLToPath(location);
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) ? undefined : resolve(location);
}

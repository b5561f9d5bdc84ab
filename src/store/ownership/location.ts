/**
 * The folder of a database, and the folder of its files on this machine.
 * Invariant: nothing here imports LanceDB, because programs that open no table use it too.
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutLinks } from "../../files/real-path.ts";
import { databaseName } from "../../model/database-name.ts";

/** The folder of a database on this machine, absolute; undefined for one on an object store. */
export function localFolder(location: string): string | undefined {
  if (location.startsWith("file://")) return fileURLToPath(location);
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) ? undefined : resolve(location);
}

/**
 * The folder for files that must be on this machine, absolute: the one that is set, else the database's
 * own, else one under `./data` with the name of the remote database.
 * @param local the setting `TROUPE_LOCAL`
 */
export function localStateFolder(location: string, local: string | null = null): string {
  if (local !== null) return resolve(local);
  return localFolder(location) ?? resolve("data", databaseName(location));
}

/**
 * The database, as a journal in `folder` notes it; undefined in the database's own folder: there the
 * journal moves, and is copied, with the database.
 */
export function journalPlace(folder: string, location: string): string | undefined {
  const own = localFolder(location);
  return own === folder ? undefined : (own ?? location);
}

/** Whether a journal that notes `noted` is of the database at `place`, which a link may lead to. */
export function isSamePlace(noted: string, place: string): boolean {
  return noted === place || (localFolder(noted) !== undefined && withoutLinks(noted) === place);
}

/** The folders to lock: the database's own, and that of its files on this machine. */
export function lockedFolders(location: string, local: string | null): readonly string[] {
  const state = localStateFolder(location, local);
  return [...new Set([localFolder(location) ?? state, state])];
}

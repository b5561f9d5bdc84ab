/** The process that runs a database, for messages and errors. */

import { TroupeError } from "../../model/errors.ts";
import { type LockHolder, NOTE_FILE } from "./lock-note.ts";

/** The holder of a lock without a note, or of a later claim that was released again. */
export const unknownHolder: LockHolder = {
  pid: 0,
  start_ticks: null,
  boot_id: null,
  started_at: 0,
};

/** The process, its place and its start. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return `a process that has left no ${NOTE_FILE}`;
  const { pid, host, started_at, url } = holder;
  const where = host === undefined ? "" : ` on ${host}`;
  const address = url === undefined ? "" : ` at ${url}`;
  const since = started_at === 0 ? "" : `, running since ${new Date(started_at).toISOString()}`;
  return `process ${pid}${where}${address}${since}`;
}

/** @param remedy completes the message */
export function lockedError(
  location: string,
  holder: LockHolder | undefined,
  { path, remedy }: { readonly path?: string; readonly remedy?: string },
): TroupeError {
  const { pid, started_at, host, url } = holder ?? {};
  const use = `database ${location} is in use by ${describeHolder(holder)}`;
  return new TroupeError("DATABASE_LOCKED", remedy === undefined ? use : `${use}; ${remedy}`, {
    details: { location, path, pid, started_at, host, url },
  });
}

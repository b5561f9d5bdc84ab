/**
 * Finds the process that runs a database, wherever it is: by the lock of a folder on this machine, or by the
 * claim in the table.
 * Invariant: nothing here loads LanceDB unless the claim is needed.
 */

import type { SupervisorRow } from "../../model/rows/supervisors-row.ts";
import { localFolder } from "./location.ts";
import { findLockHolder, isLockHeld } from "./lock.ts";
import type { LockHolder } from "./lock-note.ts";

export interface OwnedPlace {
  readonly location: string;
  /** The setting `TROUPE_LOCAL`. */
  readonly local: string | null;
  /** Options of its object store. */
  readonly storage: Readonly<Record<string, string>>;
}

/**
 * The process that runs the agents of this database, if any.
 * @param readClaim for callers that have the table open; resolves with its row
 */
export async function findOwner(
  place: OwnedPlace,
  readClaim: () => Promise<SupervisorRow | undefined> = () => readRow(place),
): Promise<LockHolder | undefined> {
  const { location, local } = place;
  const holder = await findLockHolder(location, local);
  if (holder !== undefined) return holder;
  // The lock of a folder is the whole truth about it, but its note may be missing.
  if (localFolder(location) !== undefined && !isLockHeld(location, local)) return undefined;
  const row = await readClaim();
  if (row === undefined) return undefined;
  const { holderOf, isAlive } = await import("./claim.ts");
  const claimed = holderOf(row);
  return claimed !== undefined && (await isAlive(claimed)) ? claimed : undefined;
}

async function readRow({ location, storage }: OwnedPlace): Promise<SupervisorRow | undefined> {
  const { readClaim } = await import("../tables/supervisor-table.ts");
  return await readClaim(location, storage);
}

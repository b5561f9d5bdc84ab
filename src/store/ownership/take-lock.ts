/** Takes the lock for a start, which reports the address of the process that has it. */

import { setTimeout as delay } from "node:timers/promises";
import { TroupeError } from "../../model/errors.ts";
import { lockedError } from "./holder.ts";
import { acquireLock, findLockHolder, type StoreLock } from "./lock.ts";

/** Milliseconds that a process that has just taken the lock may need to open its address. */
const ADDRESS_MS_MAX = 1_000;
/** Milliseconds between two reads of its note. */
const PAUSE_MS = 50;

/** @throws {TroupeError} as {@link acquireLock}. */
export async function takeLock(
  location: string,
  local: string | null,
  takesOver: boolean,
): Promise<StoreLock> {
  try {
    return await acquireLock(location, local, takesOver);
  } catch (error) {
    const isLocked = error instanceof TroupeError && error.code === "DATABASE_LOCKED";
    if (!isLocked || takesOver) throw error;
    const deadline = performance.now() + ADDRESS_MS_MAX;
    let holder = await findLockHolder(location, local);
    while (holder?.url === undefined && performance.now() < deadline) {
      await delay(PAUSE_MS);
      holder = await findLockHolder(location, local);
    }
    // It may have ended meanwhile; then the first error is the answer.
    throw holder === undefined ? error : lockedError(location, holder, {});
  }
}

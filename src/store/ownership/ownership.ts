/**
 * What a process holds of a database: the lock on this machine, and the claim in the table. Both are
 * watched in the same way, so that a process that has lost one of them stops writing.
 */

import { TroupeError } from "../../model/errors.ts";
import type { StoreLog } from "../store-log.ts";
import { describeHolder } from "./holder.ts";
import type { LockHolder } from "./lock-note.ts";

export interface Ownership extends AsyncDisposable {
  /** For messages. */
  readonly name: string;
  /**
   * Checks whether this process still has it. What others have damaged is restored, unless another
   * process was first.
   * @returns the other holder, if there is one: then this process must no longer write
   */
  findOtherHolder(): Promise<LockHolder | undefined>;
  /** Gives it up, if it is still this process's. May be called twice. */
  release(): Promise<void>;
}

/** Milliseconds between two checks: how long an earlier process may continue after it was replaced. */
const CHECK_MS = 1_000;

export interface WatchOptions {
  readonly log: StoreLog;
  /** Called once. */
  readonly onLost: (reason: TroupeError) => void;
  /** In place of {@link CHECK_MS}. */
  readonly checkMs?: number;
  /**
   * Milliseconds between two checks if each costs a request to an object store. A pause of the process is
   * noticed all the same, within {@link CHECK_MS}, and followed by a check.
   */
  readonly restMs?: number;
}

/** Milliseconds by which a timer is late after a pause of the process: stopped, or the machine asleep. */
const PAUSE_MS = 1_000;

/** Watches until it is disposed of, or the lock or the claim is lost. */
export function watchOwnership(owned: Ownership, options: WatchOptions): Disposable {
  const { log, onLost, checkMs = CHECK_MS, restMs = checkMs } = options;
  let tickedAt = Date.now();
  let checkedAt = tickedAt;
  const isDue = () => {
    const now = Date.now();
    const isLate = Math.abs(now - tickedAt) > checkMs + PAUSE_MS;
    tickedAt = now;
    return isLate || restMs <= checkMs || Math.abs(now - checkedAt) >= restMs;
  };
  const check = async () => {
    const other = await owned.findOtherHolder();
    if (other === undefined || !isWatching) return;
    stop();
    onLost(lostError(owned, other));
  };
  let isWatching = true;
  const timer = setInterval(() => {
    if (!isDue()) return;
    checkedAt = Date.now();
    check().catch((error: unknown) => log.debug({ err: error }, `${owned.name}: not checked now`));
  }, checkMs);
  timer.unref();
  const stop = () => {
    isWatching = false;
    clearInterval(timer);
  };
  return { [Symbol.dispose]: stop };
}

export function lostError({ name }: Ownership, other: LockHolder): TroupeError {
  const { pid, host, url, started_at } = other;
  const message = `${name} is held by ${describeHolder(other)}; this process stops writing`;
  return new TroupeError("DATABASE_LOST", message, { details: { pid, host, url, started_at } });
}

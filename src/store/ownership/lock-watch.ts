/**
 * Watches over the lock of a database, so that a process that has lost it stops writing.
 *
 * Updates of agents' rows check the epoch and notice the loss as well. Appended steps do not, so
 * for up to a second two processes can both append some.
 */

import { TroupeError } from "../../model/errors.ts";
import type { StoreLog } from "../store-log.ts";
import { describeHolder, type StoreLock } from "./lock.ts";

/** Milliseconds between two looks: how long two processes could write side by side. */
const CHECK_MS = 1_000;

export interface LockWatchOptions {
  readonly log: StoreLog;
  /** Called once. */
  readonly onLost: (reason: TroupeError) => void;
  /** In place of {@link CHECK_MS}. */
  readonly checkMs?: number;
}

/** Looks until it is disposed of, or the lock is lost. */
export function watchLock(lock: StoreLock, options: LockWatchOptions): Disposable {
  const { log, onLost, checkMs = CHECK_MS } = options;
  const look = async () => {
    const other = await lock.findOtherHolder();
    if (other === undefined || !isWatching) return;
    stop();
    const { pid, host, url, started_at } = other;
    const message = `the lock ${lock.path} is held by ${describeHolder(other)}; this process writes no more`;
    const details = { path: lock.path, pid, host, url, started_at };
    onLost(new TroupeError("DATABASE_LOST", message, { details }));
  };
  let isWatching = true;
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, "the lock cannot be looked at now"));
  }, checkMs);
  timer.unref();
  const stop = () => {
    isWatching = false;
    clearInterval(timer);
  };
  return { [Symbol.dispose]: stop };
}

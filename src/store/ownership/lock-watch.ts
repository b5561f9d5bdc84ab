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
const LOOK_MS = 1_000;

export interface LockWatchOptions {
  readonly log: StoreLog;
  /** Called once. */
  readonly onLost: (reason: TroupeError) => void;
  /** In place of {@link LOOK_MS}. */
  readonly lookMs?: number;
}

/** Looks until it is disposed of, or the lock is lost. */
export function watchLock(lock: StoreLock, options: LockWatchOptions): Disposable {
  const { log, onLost, lookMs = LOOK_MS } = options;
  const look = async () => {
    const usurper = await lock.findUsurper();
    if (usurper === undefined || !isWatching) return;
    stop();
    const { pid, host, url, started_at } = usurper;
    const message = `the lock ${lock.path} is held by ${describeHolder(usurper)}; this process writes no more`;
    const details = { path: lock.path, pid, host, url, started_at };
    onLost(new TroupeError("DATABASE_LOST", message, { details }));
  };
  let isWatching = true;
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, "the lock cannot be looked at now"));
  }, lookMs);
  timer.unref();
  const stop = () => {
    isWatching = false;
    clearInterval(timer);
  };
  return { [Symbol.dispose]: stop };
}

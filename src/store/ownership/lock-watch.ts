/**
 * Watches the lock of a database, so that a process that has lost it stops writing.
 *
 * Updates of agents' rows check the epoch and notice the loss too. Appended steps do not, so for up to
 * a second two processes can both append some.
 */

import { TroupeError } from "../../model/errors.ts";
import type { StoreLog } from "../store-log.ts";
import { describeHolder, type StoreLock } from "./lock.ts";

/** Milliseconds between two checks: how long two processes could both write. */
const CHECK_MS = 1_000;

export interface LockWatchOptions {
  readonly log: StoreLog;
  /** Called once. */
  readonly onLost: (reason: TroupeError) => void;
  /** In place of {@link CHECK_MS}. */
  readonly checkMs?: number;
}

/** Watches until it is disposed of, or the lock is lost. */
export function watchLock(lock: StoreLock, options: LockWatchOptions): Disposable {
  const { log, onLost, checkMs = CHECK_MS } = options;
  const check = async () => {
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
    check().catch((error: unknown) => log.debug({ err: error }, "the lock cannot be checked now"));
  }, checkMs);
  timer.unref();
  const stop = () => {
    isWatching = false;
    clearInterval(timer);
  };
  return { [Symbol.dispose]: stop };
}

/** Waits with a deadline for anything that may never answer: a thread, the store, a client. */

import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds for the event loop to deliver an answer that arrived while it was held up. */
const GRACE_MS = 250;

/**
 * Settles as `work` does, or rejects with what `late` makes once `ms` milliseconds are over. The work
 * itself continues: it may still end, and a write may still be stored.
 */
export function withDeadline<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let timer = setTimeout(() => {
    timer = setTimeout(() => reject(late()), GRACE_MS);
  }, ms);
  const end = () => clearTimeout(timer);
  promise.then(end, end);
  work.then(resolve, reject);
  return promise;
}

/** Settles as `work` does, or resolves with undefined once `ms` milliseconds are over. The work continues. */
export async function waitAtMost<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  const late = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

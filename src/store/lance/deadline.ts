/** Deadlines for what LanceDB is asked: an object store may take a request and never answer it. */

/** Milliseconds that the event loop gets to deliver an answer which came while it was held up. */
const GRACE_MS = 250;

/**
 * Settles as `work` does, or rejects with what `late` makes once `ms` milliseconds are over. The work
 * itself goes on: it may still end, and a write may still be stored.
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

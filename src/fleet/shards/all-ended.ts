/** Waits for changes of several shards. */

/** As `Promise.all`, but rejects once all have ended: a change is not left half-made unnoticed. */
export async function allEnded<R>(running: readonly Promise<R>[]): Promise<readonly R[]> {
  await Promise.allSettled(running);
  return await Promise.all(running);
}

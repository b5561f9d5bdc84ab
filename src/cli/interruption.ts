/** The end of a command that runs until somebody ends it: SIGINT or SIGTERM. */

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** Until it is disposed of, the process does not end by these signals. */
export function untilInterrupted(): Interruption {
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  return {
    signal: ending.signal,
    [Symbol.dispose]: () => void process.off("SIGINT", end).off("SIGTERM", end),
  };
}

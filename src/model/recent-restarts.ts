/** What an agent's last error says of its restarts, so that whoever reads the row sees if they are a loop. Pure. */

import type { ErrorData } from "./error-data.ts";

export interface RecentRestarts {
  /** Restarts after a failure within five minutes. */
  readonly restarts_recent: number;
  /** Times of the first and of the last of them, in milliseconds since the epoch. */
  readonly restarts_since: number;
  readonly restarts_at: number;
}

/** Undefined if it says nothing of restarts. */
export function recentRestarts(error: ErrorData | null): RecentRestarts | undefined {
  const { restarts_recent, restarts_since, restarts_at } = error?.details ?? {};
  const isKnown = [restarts_recent, restarts_since, restarts_at].every(
    (value) => typeof value === "number",
  );
  return isKnown ? ({ restarts_recent, restarts_since, restarts_at } as RecentRestarts) : undefined;
}

/**
 * The error of a step as the last one of its agent. It has the step's number, so it can be seen whether a later
 * step has succeeded, and keeps what the error before said of restarts.
 */
export function stepError(
  error: ErrorData,
  { iteration, ended_at }: { readonly iteration: number; readonly ended_at: number },
  before: ErrorData | null,
): ErrorData {
  const details = { ...recentRestarts(before), ...error.details, iteration };
  return { ...error, details, at: ended_at };
}

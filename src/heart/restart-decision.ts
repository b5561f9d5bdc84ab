/**
 * The decision about a process that has ended: start it again, perhaps in safe mode, or end too. Pure.
 *
 * A process that was asked to end, or whose first start was refused for a lasting reason, is not
 * started again. One that ends unasked has died, whatever its exit code, unless another process has
 * taken its shard over under leases: then it starts as a spare, which waits.
 * Deaths are counted as OTP counts restarts. One too many leads to safe mode, where agents run only
 * once they are resumed; one too many in safe mode leads to the end.
 */

import { backoffMs } from "../model/backoff.ts";
import { addRestart } from "../model/intensity.ts";
import { type OwnCode, type SafeMode, suspectsOf } from "../model/safe-mode.ts";

/** Deaths that are answered with a restart, and the milliseconds for which each counts. */
export const DEATHS_LIMIT = { restartsMax: 3, windowMs: 300_000 };
/** Starts in a row that may fail: the cause may pass. */
export const FAILED_STARTS_MAX = 10;
/** Waits between a death and the next start. */
const BACKOFF = { baseMs: 200, maxMs: 30_000 };

/** How one process lived and ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It has reported that it serves. */
  readonly hasServed: boolean;
  /** It could not start, and expects another start to fail in the same way. */
  readonly isRefused: boolean;
  /** It was asked to end. */
  readonly isEnding: boolean;
  /** Another process runs the agents. */
  readonly isLockedOut: boolean;
  /** The same under leases. */
  readonly isDisplaced: boolean;
  /** Agents whose own code ran when it ended. */
  readonly inOwnCode: OwnCode;
}

/** What is remembered of the processes so far. */
export interface CrashHistory {
  /** Deaths that still count, oldest first: when, and whose code ran. */
  readonly deaths: readonly { readonly at: number; readonly inOwnCode: OwnCode }[];
  /** Minus infinity until there was one. */
  readonly lastDeathAt: number;
  /** Starts in a row that failed. */
  readonly failedStarts: number;
  /** Set by the death that was one too many, for as long as deaths follow one another. */
  readonly safeMode: SafeMode | undefined;
}

export const NO_CRASHES: CrashHistory = {
  deaths: [],
  lastDeathAt: Number.NEGATIVE_INFINITY,
  failedStarts: 0,
  safeMode: undefined,
};

export type RestartDecision =
  | { readonly kind: "end"; readonly isGivenUp: boolean }
  | { readonly kind: "restart"; readonly waitMs: number; readonly past: CrashHistory };

/**
 * @param now milliseconds on any monotonic clock
 * @param chance a number in [0, 1)
 */
export function decide(
  past: CrashHistory,
  life: ProcessExit,
  now: number,
  chance: number,
): RestartDecision {
  const isFirst = past.lastDeathAt === Number.NEGATIVE_INFINITY && past.failedStarts === 0;
  if (life.isEnding || life.isLockedOut || (isFirst && life.isRefused))
    return { kind: "end", isGivenUp: false };
  if (life.isDisplaced) return { kind: "restart", waitMs: backoffMs(BACKOFF, 1, chance), past };
  if (life.signal === null && !life.hasServed) return decideFailedStart(past, chance);
  return decideDeath({ ...past, failedStarts: 0 }, life, now, chance);
}

function decideFailedStart(past: CrashHistory, chance: number): RestartDecision {
  const failedStarts = past.failedStarts + 1;
  if (failedStarts > FAILED_STARTS_MAX) return { kind: "end", isGivenUp: true };
  const waitMs = backoffMs(BACKOFF, failedStarts, chance);
  return { kind: "restart", waitMs, past: { ...past, failedStarts } };
}

function decideDeath(
  past: CrashHistory,
  { inOwnCode }: ProcessExit,
  now: number,
  chance: number,
): RestartDecision {
  const { windowMs } = DEATHS_LIMIT;
  const times = past.deaths.map(({ at }) => at);
  const { restarts, isExceeded } = addRestart(times, now, DEATHS_LIMIT);
  const deaths = [...past.deaths, { at: now, inOwnCode }].slice(-restarts.length);
  const isStillSafe = now - past.lastDeathAt <= windowMs;
  const safeMode = isStillSafe ? past.safeMode : undefined;
  if (isExceeded && safeMode !== undefined) return { kind: "end", isGivenUp: true };
  const after = { ...past, deaths, lastDeathAt: now, safeMode };
  if (!isExceeded) {
    const waitMs = backoffMs(BACKOFF, restarts.length, chance);
    return { kind: "restart", waitMs, past: after };
  }
  const named = suspectsOf(deaths.map((death) => death.inOwnCode));
  const entered = { deaths: deaths.length, windowMs, ...named };
  const waitMs = backoffMs(BACKOFF, 1, chance);
  return { kind: "restart", waitMs, past: { ...after, deaths: [], safeMode: entered } };
}

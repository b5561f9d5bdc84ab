/**
 * The thread's clocks and timers, kept from its start: an agent that replaces `Date` or the timers, as
 * fake timers in tests do, does not change the loop's.
 */

/** Milliseconds since the epoch. */
export const wallNow: () => number = Date.now.bind(Date);
const nanoseconds: () => bigint = process.hrtime.bigint.bind(process);
/** Milliseconds on a monotonic clock. Not `performance.now`, with which a thread would load all of its module. */
export const steadyNow = (): number => Number(nanoseconds()) / 1e6;
export const startTimer = globalThis.setTimeout;
export const stopTimer = globalThis.clearTimeout;
export const startTicking = globalThis.setInterval;
export const stopTicking = globalThis.clearInterval;
export const afterThisTurn = globalThis.setImmediate;

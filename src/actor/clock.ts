/**
 * The thread's clocks and timers, taken when the thread starts: an agent that replaces `Date` or the
 * timers, as fake timers for tests do, changes its own code's and not the loop's.
 */

/** Milliseconds since the epoch. */
export const wallNow: () => number = Date.now.bind(Date);
/** Milliseconds on a clock that nobody sets. */
export const steadyNow: () => number = performance.now.bind(performance);
export const startTimer = globalThis.setTimeout;
export const stopTimer = globalThis.clearTimeout;
export const startTicking = globalThis.setInterval;
export const stopTicking = globalThis.clearInterval;
export const afterThisTurn = globalThis.setImmediate;

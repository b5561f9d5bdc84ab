/**
 * Takes one step after the other and calls no model; with `interval_ms` it keeps that rhythm. With the same
 * number as `rhythm_ms`, because an agent does not know its interval, the result of each step is how many
 * milliseconds late it started. That is negative if guidance brought the step forward, which starts a new
 * rhythm.
 */

/** When the next step is due, on this thread's clock; a thread has one agent. */
let dueAt = Number.POSITIVE_INFINITY;

export default {
  type: "restless",
  step({ config: { rhythm_ms = 0 } }) {
    const now = performance.now();
    const lateMs = now - dueAt;
    const keepsRhythm = lateMs >= 0 && lateMs <= rhythm_ms;
    dueAt = (keepsRhythm ? dueAt : now) + rhythm_ms;
    return { result: lateMs.toFixed(3) };
  },
};

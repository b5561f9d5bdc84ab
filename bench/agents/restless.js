/**
 * Takes one step after the other and calls no model; with `interval_ms` it keeps that rhythm. Told the
 * same as `rhythm_ms`, because an agent does not see its interval, it says as its result how many
 * milliseconds after its time each step began; less than 0 where it began before, because guidance
 * came, and a rhythm of its own begins there.
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

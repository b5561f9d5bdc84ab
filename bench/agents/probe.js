/** Waits for guidance, then reports how long the guidance was on its way. Calls no model. */

/** Used here first: Node loads a large module for `performance`, which must not count as an interrupt's time. */
const { timeOrigin } = performance;

export default {
  type: "probe",
  onInterrupt(ctx, { sentAt }) {
    ctx.context = { tookMs: timeOrigin + performance.now() - sentAt };
  },
  step: (ctx) => ({ result: ctx.guidance.length === 0 ? "first" : ctx.context.tookMs }),
};

/** Waits for guidance, then reports how long the guidance was on its way. Calls no model. */

export default {
  type: "probe",
  onInterrupt(ctx, { sentAt }) {
    ctx.context = { tookMs: performance.timeOrigin + performance.now() - sentAt };
  },
  step: (ctx) => ({ result: ctx.guidance.length === 0 ? "first" : ctx.context.tookMs }),
};

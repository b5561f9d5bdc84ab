/** Takes one step after the other and calls no model; with `interval_ms` it keeps that rhythm. */

export default {
  type: "restless",
  setup(ctx) {
    ctx.context = { beganAt: performance.timeOrigin + performance.now(), latenessMs: 0 };
  },
  step: (ctx) => ({ result: `step ${ctx.iteration} about ${ctx.subject}` }),
};

import { defineAgent } from "troupe";

/** Tells a joke about its subject in each step, and counts them. The prompt is in baml_src/hello.baml. */
export default defineAgent({
  type: "hello",
  interval_ms: 5_000,
  initialContext: { count: 0 },
  onInterrupt(ctx, guidance) {
    ctx.subject = String(guidance["subject"] ?? ctx.subject);
  },
  async step(ctx) {
    const count = ctx.context.count + 1;
    const told = ctx.history.map((entry) => entry.result);
    const joke = await ctx.llm.HelloJoke({ subject: ctx.subject ?? "actors", told });
    // With next: { afterMs: 60_000 } or next: "guidance" the step says when the next one is due.
    return { result: `${count}: ${joke}`, context: { count } };
  },
});

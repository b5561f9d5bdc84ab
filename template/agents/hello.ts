import { defineAgent } from "troupe";

/** Tells a joke about its subject in each step, and counts them. */
export default defineAgent({
  type: "hello",
  interval_ms: 5_000,
  initialContext: { told: 0 },
  onInterrupt(ctx, guidance) {
    ctx.subject = String(guidance["subject"] ?? ctx.subject);
  },
  async step(ctx) {
    const told = ctx.context.told + 1;
    const recent_jokes = ctx.history.map((entry) => entry.result);
    const joke = await ctx.llm.TellJoke({ subject: ctx.subject ?? "actors", recent_jokes });
    return { result: `${told}: ${joke}`, context: { told } };
  },
});

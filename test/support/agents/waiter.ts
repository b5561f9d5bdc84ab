/** Waits after each step for what its config says, and writes down each piece of guidance once. */

import { defineAgent, type NextStep } from "troupe";

interface Config {
  readonly next: NextStep;
}

interface Seen {
  readonly seen: readonly number[];
}

export default defineAgent<Config, Seen>({
  type: "waiter",
  interval_ms: 0,
  initialContext: { seen: [] },
  onInterrupt(ctx, { n }) {
    ctx.context = { seen: [...ctx.context.seen, Number(n)] };
  },
  step: (ctx) => ({ result: `step ${ctx.iteration}`, next: ctx.config.next }),
});

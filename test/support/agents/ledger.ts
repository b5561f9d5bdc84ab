/** Keeps a ledger: writes down each piece of guidance once, so that a test can count them. */

import { defineAgent } from "troupe";

interface Ledger {
  readonly seen: readonly number[];
}

export default defineAgent<Readonly<Record<string, unknown>>, Ledger>({
  type: "ledger",
  initialContext: { seen: [] },
  onInterrupt(ctx, { n }) {
    ctx.context = { seen: [...ctx.context.seen, Number(n)] };
  },
  step(ctx) {
    return { result: `step ${ctx.iteration}, ${ctx.context.seen.length} seen` };
  },
});

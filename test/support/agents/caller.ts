/** Asks the model and answers what it said, with a call of its own for each step. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "caller",
  async step(ctx) {
    return { result: await ctx.llm.Ask({ prompt: `question ${ctx.iteration}` }) };
  },
});

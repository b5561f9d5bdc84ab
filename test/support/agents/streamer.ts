/** Asks the model for a streamed answer. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "streamer",
  async step(ctx) {
    const question = { prompt: `question ${ctx.iteration}` };
    return { result: await ctx.llm.Ask(question, { onPartial: () => undefined }) };
  },
});

/** Throws in each step until it is told something. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "once-broken",
  step(ctx) {
    if (ctx.guidance.length === 0 && ctx.history.length === 0) throw new Error("tell me something");
    return { result: "guided" };
  },
});

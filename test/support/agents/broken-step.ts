/** Throws in each step. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "broken-step",
  step() {
    throw new Error("no step today");
  },
});

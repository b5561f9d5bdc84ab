/** Throws in its setup. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "broken-setup",
  setup() {
    throw new Error("no setup today");
  },
  step: () => ({ result: "never" }),
});

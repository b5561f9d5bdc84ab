/** Is done after one step. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "finisher",
  step: () => ({ result: "all done", done: true }),
});

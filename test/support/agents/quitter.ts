/** Ends what it takes for its process. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "quitter",
  step: () => process.exit(3),
});

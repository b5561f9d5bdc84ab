/** Has a clock from its third step on that no column can hold. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "lost-clock",
  step({ iteration }) {
    if (iteration === 3) Date.now = () => 1e300;
    return { result: "tick" };
  },
});

/** Reads the file that its guidance names, and throws while it is not there: a third party that fails. */

import { readFileSync } from "node:fs";
import { defineAgent } from "troupe";

export default defineAgent({
  type: "reader",
  step(ctx) {
    const file = ctx.guidance.at(-1)?.["file"];
    return { result: typeof file === "string" ? readFileSync(file, "utf8") : "nothing to read" };
  },
});

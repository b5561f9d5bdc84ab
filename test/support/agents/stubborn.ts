/** Never gives its thread back: once it has left its mark it is in an endless loop and looks at nothing. */

import { writeFileSync } from "node:fs";
import { defineAgent } from "troupe";

interface Config {
  /** A file that is there once the loop has begun. */
  readonly mark: string;
}

export default defineAgent<Config>({
  type: "stubborn",
  step(ctx) {
    writeFileSync(ctx.config.mark, "");
    for (;;);
  },
});

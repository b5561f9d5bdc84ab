/** In its second step its event loop stands still, from the mark that it leaves until one it awaits. */

import { existsSync, writeFileSync } from "node:fs";
import { defineAgent } from "troupe";

interface Config {
  /** A file that is there once the event loop stands still. */
  readonly mark: string;
  /** A file that lets it turn again. */
  readonly end: string;
}

export default defineAgent<Config>({
  type: "drowsy",
  step({ config, iteration }) {
    if (iteration === 2) {
      writeFileSync(config.mark, "");
      while (!existsSync(config.end));
    }
    return { result: "awake" };
  },
});

/** Is done after one step, which lasts until it is let go; counts how often its parts ran. */

import { appendFileSync, existsSync } from "node:fs";
import { defineAgent } from "troupe";

interface Config {
  /** A file that gets a letter for each step begun (`s`) and each `onStop` (`e`). */
  readonly diary: string;
  /** A file that lets the step end; left out: it ends at once. */
  readonly end?: string;
  /** True: `onStop` never ends. */
  readonly isClinging?: boolean;
}

export default defineAgent<Config>({
  type: "last-words",
  async step({ config, sleep }) {
    appendFileSync(config.diary, "s");
    while (config.end !== undefined && !existsSync(config.end)) await sleep(5);
    return { result: "all said", done: true };
  },
  async onStop({ config }) {
    appendFileSync(config.diary, "e");
    if (config.isClinging === true) await new Promise(() => undefined);
  },
});

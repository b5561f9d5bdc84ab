/**
 * Its first step has some effects and then waits for ever, unless the file at `gate` is there: a turn that
 * stays open until the process ends, and is over at once in the next one.
 */

import { existsSync } from "node:fs";

export default {
  type: "open-turn",
  async step({ config: { effects, gate }, once, progress }) {
    for (let n = 0; n < effects; n += 1) await once(`effect ${n}`, () => n);
    progress("open");
    if (!existsSync(gate)) await new Promise(() => undefined);
    return { result: "over", next: "guidance" };
  },
};

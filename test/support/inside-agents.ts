/**
 * Agents to look into, as files of a user's own: one that hangs until it is released, one that logs, one that
 * rests. The one that hangs leaves the processor to the others.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The line of {@link hanger} in which its loop is. */
export const HANG_LINE = 10;

const hanger = `import { existsSync, writeFileSync } from "node:fs";

interface Config {
  readonly folder: string;
}

function turnForever(folder: string): void {
  writeFileSync(folder + "/hangs", "");
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(folder + "/released")) Atomics.wait(cell, 0, 0, 5);
}

export default {
  type: "hanger",
  step({ config }: { readonly config: Config }) {
    turnForever(config.folder);
    return { result: "released" };
  },
};
`;

const chatty = `export default {
  type: "chatty",
  step({ log, iteration }) {
    log.warn("a warning", { iteration });
    console.log("said on the console");
    return { result: "said" };
  },
};
`;

/** Logs for as long as it lives, and lets nothing else run. */
const flooder = `export default {
  type: "flooder",
  step({ log, shouldStop }) {
    for (let n = 0; !shouldStop(); n += 1) log.info("line " + n + " of a flood");
    return { result: "over" };
  },
};
`;

/** Writes the modules; returns their folder. */
export async function writeInsideAgents(folder: string): Promise<string> {
  const agents = join(folder, "agents");
  await mkdir(agents);
  await writeFile(join(agents, "hanger.ts"), hanger);
  await writeFile(join(agents, "chatty.mjs"), chatty);
  await writeFile(join(agents, "flooder.mjs"), flooder);
  return agents;
}

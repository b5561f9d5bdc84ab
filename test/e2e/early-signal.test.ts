/** Signals to a process that has only begun to load the program. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

/** Loaded before the program: the process gets the signal when it is about to load the heart, or the command. */
const preload = `
  import { registerHooks } from "node:module";
  let isSent = false;
  registerHooks({
    resolve(specifier, context, next) {
      if (!isSent && /divert/.test(specifier)) {
        isSent = true;
        process.kill(process.pid, process.env.TEST_SIGNAL);
      }
      return next(specifier, context);
    },
  });
`;

test.each(["SIGTERM", "SIGINT", "SIGHUP"])(
  "%s is not lost, and ends the process well",
  async (signal) => {
    for (const args of [["start"], ["start", "--no-heart"]]) {
      await using folder = await makeTempFolder();
      const file = join(folder.path, "preload.mjs");
      await writeFile(file, preload);
      const env = { NODE_OPTIONS: `--import ${file}`, TEST_SIGNAL: signal };
      await using program = new Program({ cwd: folder.path, args, env });
      expect(await program.exited()).toBe(0);
    }
  },
);

/**
 * Loads the code of an agent's thread together with what V8 had compiled of it once another thread's first
 * step was over. Node's own cache has only what is compiled while a file loads: the functions that every
 * thread needs were compiled in each again, a tenth of the time that agents take to be created (bench/spawn).
 */

import { createRequire } from "node:module";
import { workerData } from "node:worker_threads";
import { keepCompiled } from "../boundary/compiled-code.ts";
import type { ThreadCode, ThreadData } from "../boundary/protocol.ts";
import { makeScript } from "./thread-script.ts";

const data: ThreadData = workerData;
if (data.code !== undefined) run(data.code);

function run(code: ThreadCode): void {
  const { file, cacheFile, compiled } = code;
  const script = makeScript(code);
  // Bound now: later changes of prototypes by the agent's code do not reach it.
  const compile = script.createCachedData.bind(script);
  data.runner = {
    importModule: (url) => import(url),
    onStepped: () => {
      if (compiled === undefined) keepCompiled(cacheFile, compile);
    },
  };
  script.runInThisContext()(createRequire(file), file);
}

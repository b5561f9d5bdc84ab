/** V8's code cache, which vitest.config.ts names: without it a thread from the sources costs twice as much. */

import { defined } from "../../src/model/defined.ts";

/** For fleets whose threads have nothing else of the environment. */
export const codeCacheEnv: Readonly<Record<string, string>> = defined({
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
});

/**
 * What a thread runs that tells of one user's module which type of agent it defines. The module is
 * foreign code: whatever it does while it is loaded, it does here, and whoever made the thread ends it.
 */

import { parentPort, workerData } from "node:worker_threads";
import { toErrorData } from "../model/errors.ts";
import { loadModule } from "./load-agent.ts";
import { captureOutput } from "./output.ts";

/** What came of it; `problem` names file and cause. */
export type Inspection = { readonly type: string } | { readonly problem: string };

// What a module prints while it is only looked at concerns nobody.
captureOutput(() => undefined, 0);

parentPort?.postMessage(await inspect(String(workerData)));

async function inspect(moduleUrl: string): Promise<Inspection> {
  try {
    const { type } = await loadModule(moduleUrl);
    return { type };
  } catch (thrown) {
    return { problem: toErrorData(thrown).message };
  }
}

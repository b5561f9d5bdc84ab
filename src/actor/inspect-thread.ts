/**
 * What a thread runs that tells of one user's module what it defines: the type, its settings, the
 * schema of its config. The module is foreign code: whatever it does while it is loaded, it does here,
 * and whoever made the thread ends it.
 */

import { parentPort, workerData } from "node:worker_threads";
import type { AgentDefinition } from "../agents/define-agent.ts";
import type { Inspection } from "../boundary/inspection.ts";
import { toErrorData } from "../model/errors.ts";
import { toConfigSchema } from "./config-schema.ts";
import { loadModule } from "./load-agent.ts";
import { pictureOf } from "./load-fault.ts";
import { captureOutput } from "./printed-output.ts";

const settingNames = [
  "restart",
  "restarts_max",
  "restarts_window_ms",
  "destroy_timeout_ms",
  "memory_mb",
  "interval_ms",
] as const;

// What a module prints while it is only looked at concerns nobody.
captureOutput(() => undefined, 0);

parentPort?.postMessage(await inspect(String(workerData)));

async function inspect(moduleUrl: string): Promise<Inspection> {
  try {
    const definition = await loadModule(moduleUrl);
    const { type, config } = definition;
    return { type, configSchema: toConfigSchema(config), settings: settingsOf(definition) };
  } catch (thrown) {
    return { problem: toErrorData(thrown).message, picture: pictureOf(thrown) };
  }
}

/** What has no JSON text becomes text that no setting can be, so that it is refused by its name. */
function settingsOf(definition: AgentDefinition): Readonly<Record<string, unknown>> {
  const given = settingNames.map((name) => [name, definition[name as keyof AgentDefinition]]);
  const set = given.filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  const isPlain = value === null || typeof value === "string" || Number.isFinite(value);
  return isPlain ? value : String(typeof value === "number" ? value : typeof value);
}

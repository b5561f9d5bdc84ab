/**
 * The code of a thread that inspects one user's module: it reports the type, its settings and the schemas
 * of its config and its guidance. The module is foreign code, so it is loaded only here; the thread's
 * maker ends it.
 */

import { parentPort, workerData } from "node:worker_threads";
import type { AgentDefinition } from "../agents/define-agent.ts";
import type { Inspection } from "../boundary/inspection.ts";
import { toErrorData } from "../model/errors.ts";
import { toConfigSchema, toGuidanceSchema } from "./config-schema.ts";
import { loadedFiles, loadModule } from "./load-agent.ts";
import { pictureOf } from "./load-fault.ts";
import { captureOutput } from "./printed-output.ts";

const settingNames = [
  "restart",
  "restarts_max",
  "restarts_window_ms",
  "destroy_timeout_ms",
  "memory_mb",
  "interval_ms",
  "step_timeout_ms",
  "step_retries",
  "model",
  "resident",
] as const;

// The output of a module during its inspection is dropped.
captureOutput(() => undefined, 0);

const report = (inspection: Inspection) => parentPort?.postMessage(inspection);
// Not awaited: Node would print that this file's own await does not settle.
void inspect(String(workerData)).then(report);
// Nothing is left that could continue the module. Not called after `process.exit`.
process.once("beforeExit", () => report(problem("an await at its top level never settles")));

async function inspect(moduleUrl: string): Promise<Inspection> {
  try {
    const definition = await loadModule(moduleUrl);
    const { type, config, guidance } = definition;
    return {
      type,
      configSchema: toConfigSchema(config),
      guidanceSchema: toGuidanceSchema(guidance),
      settings: settingsOf(definition),
      files: loadedFiles(),
    };
  } catch (thrown) {
    const { code, message } = toErrorData(thrown);
    return { ...problem(message, code), picture: pictureOf(thrown) };
  }
}

function problem(text: string, code = "AGENT_MODULE_BROKEN") {
  return { problem: text, picture: undefined, code };
}

/** A value without JSON text becomes text that no setting accepts, so that it is refused by name. */
function settingsOf(definition: AgentDefinition): Readonly<Record<string, unknown>> {
  const given = settingNames.map((name) => [name, definition[name as keyof AgentDefinition]]);
  const set = given.filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  const isPlain = value === null || typeof value === "string" || Number.isFinite(value);
  return isPlain ? value : String(typeof value === "number" ? value : typeof value);
}

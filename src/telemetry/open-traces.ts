/**
 * Traces of steps for a collector, if OpenTelemetry's environment variables name one. Without them nothing
 * of OpenTelemetry is loaded.
 */

import type { TracesOptions } from "./start-traces.ts";
import { switchTraces } from "./trace-switch.ts";

/** Sends traces from now on until it is disposed of, which must come after the last step. */
export async function openTraces(options: TracesOptions): Promise<AsyncDisposable> {
  const { variables, log } = options;
  const found = switchTraces(variables);
  if (found.isOn) {
    const { startTraces } = await import("./start-traces.ts");
    return startTraces(options, found.url);
  }
  if (found.warning !== undefined) log.warn(found.warning);
  return { [Symbol.asyncDispose]: async () => undefined };
}

/** How long the thread of an agent may take to end, by its type or by the process's settings. Pure. */

import type { AgentRow } from "../model/agent.ts";
import { settingsOf } from "./catalog/settings-of-types.ts";
import type { SupervisorSettings } from "./supervisor-options.ts";
import type { StopOptions } from "./thread/stop-ladder.ts";

/** Milliseconds that a step without a `step_timeout_ms` may take: as long as one model call may. */
const STEP_MS = 120_000;

/** Milliseconds from the request to stop until the termination. */
export function graceMsOf({ agent_type }: AgentRow, settings: SupervisorSettings): number {
  const type = settingsOf(settings.typeSettings, agent_type);
  return type.destroy_timeout_ms ?? settings.destroyTimeoutMs;
}

/** For a stop that waits for the end of the running step. */
export function afterRunningStep(row: AgentRow, settings: SupervisorSettings): StopOptions {
  const type = settingsOf(settings.typeSettings, row.agent_type);
  const abortAfterMs = type.step_timeout_ms ?? STEP_MS;
  return { abortAfterMs, graceMs: abortAfterMs + graceMsOf(row, settings) };
}

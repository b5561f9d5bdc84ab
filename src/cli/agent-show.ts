/** `troupe agent show`: all details of one agent. */

import type { Fleet } from "../fleet/fleet.ts";
import type { ExitReason, Guidance, HistoryEntry } from "../model/agent.ts";
import {
  type AgentView,
  type EffectView,
  type LiveFigures,
  memoryBytes,
} from "../model/agent-view.ts";
import type { ErrorData } from "../model/error-data.ts";
import { unknownAgent } from "../model/fleet-errors.ts";
import { parseAgentId } from "../model/ids.ts";
import { nextStepTime } from "../picture/next-step-text.ts";
import { bytesText, countText } from "../picture/number-text.ts";
import { progressText } from "../picture/progress-text.ts";
import { costText } from "../picture/spent-text.ts";
import { durationText, fullTime, relativeTime } from "../picture/time-text.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import { type Field, readableJson } from "./text/fields.ts";
import { plainLine } from "./text/plain-text.ts";
import { paintStatus } from "./text/status-colour.ts";
import { type OutputOptions, paint, printFields, printJson } from "./text/terminal-output.ts";

/** Results shown of those in the row. */
const HISTORY_SHOWN = 5;
/** Unknown effects shown; an agent pauses with the first whose outcome must be known. */
const UNKNOWN_SHOWN = 5;

export async function showAgent(
  given: string,
  options: FleetOptions & OutputOptions,
): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using fleet = await openCommandFleet(options);
  const agent = await fleet.agentFind(agentId);
  if (agent === undefined) throw unknownAgent(agentId);
  noteIfIdle(fleet);
  if (options.output === "json") printJson(agent);
  else printFields(agentFields(agent, Date.now(), await readUnknown(fleet, agentId)));
  return exitCodes.ok;
}

async function readUnknown(fleet: Fleet, agentId: string): Promise<readonly EffectView[]> {
  return (await fleet.effectPage({ agentId, state: "unknown", limit: UNKNOWN_SHOWN })).items;
}

/** @param unknown its effects whose outcome is unknown */
export function agentFields(
  row: AgentView,
  now: number,
  unknown: readonly EffectView[] = [],
): readonly Field[] {
  return [
    { name: "id", value: row.agent_id },
    { name: "type", value: row.agent_type },
    { name: "status", value: row.status, paint: (text) => paintStatus(row.status, text) },
    { name: "paused", value: row.paused },
    { name: "iteration", value: row.iteration },
    { name: "subject", value: row.current_subject },
    { name: "result", value: row.result },
    { name: "next step", value: nextStepTime(row, now) },
    { name: "residency", value: row.residency },
    ...liveFields(row.live, now),
    { name: "spent", value: allSpentText(row.spent) },
    { name: "restarts", value: row.restarts },
    { name: "generation", value: row.generation },
    { name: "epoch", value: row.epoch },
    { name: "started", value: fullTime(row.started_at, now) },
    { name: "ended", value: row.ended_at === null ? null : fullTime(row.ended_at, now) },
    { name: "updated", value: fullTime(row.updated_at, now) },
    { name: "exit reason", value: exitText(row.exit_reason) },
    { name: "last error", value: errorText(row.last_error, now) },
    { name: "unknown", value: unknownText(unknown), paint: (text) => paint("yellow", text) },
    { name: "config", value: readableJson(row.config) },
    { name: "context", value: readableJson(row.context) },
    { name: "guidance", value: guidanceText(row.pending_guidance, now) },
    { name: "history", value: historyText(row.history, now) },
  ];
}

/** Figures of its thread, if a server reports them. */
function liveFields(live: LiveFigures | null, now: number): readonly Field[] {
  if (live === null) return [];
  const { heap_bytes, external_bytes, shared_bytes, cpu_ms, unresponsive_since: since } = live;
  const parts = `heap ${bytesText(heap_bytes)}, buffers ${bytesText(external_bytes)}, shared ${bytesText(shared_bytes)}`;
  return [
    { name: "memory", value: `${bytesText(memoryBytes(live))} (${parts})` },
    { name: "cpu time", value: durationText(cpu_ms) },
    { name: "progress", value: live.progress && progressText(live.progress) },
    { name: "waits for", value: waitText(live.model_wait, now) },
    { name: "unresponsive", value: since === null ? null : `since ${fullTime(since, now)}` },
  ];
}

/** Ever. */
function allSpentText(spent: AgentView["spent"]): string | null {
  if (spent === null) return null;
  const { input_tokens, output_tokens } = spent;
  const cost = costText(spent);
  const tokens = `${countText(input_tokens)} tokens in, ${countText(output_tokens)} out`;
  return cost === "" ? tokens : `${cost} (${tokens})`;
}

function waitText(wait: LiveFigures["model_wait"], now: number): string | null {
  return wait === null ? null : `${wait.model}, since ${fullTime(wait.since, now)}: ${wait.why}`;
}

function exitText(exit: ExitReason | null): string | null {
  if (exit === null) return null;
  const { reason, rung, took_ms, note } = exit;
  return `${reason}, ${rung}, took ${durationText(took_ms)}${note === undefined ? "" : `: ${note}`}`;
}

function errorText(error: ErrorData | null, now: number): string | null {
  if (error === null) return null;
  const { code, message, stack, at } = error;
  const when = at === undefined ? "" : ` (${relativeTime(at, now)})`;
  return [`${code}: ${message}${when}`, ...(stack === undefined ? [] : [stack])].join("\n");
}

/** Effects whose outcome is unknown, with what resolves them. */
function unknownText(unknown: readonly EffectView[]): string | null {
  const lines = unknown.map(
    ({ name, iteration, effect_id }) =>
      `effect ${plainLine(name)} of step ${iteration}; troupe effect resolve ${effect_id}`,
  );
  return lines.length === 0 ? null : lines.join("\n");
}

/** Pending guidance, one line each. */
function guidanceText(pending: readonly Guidance[], now: number): string | null {
  const lines = pending.map(
    ({ guidance, at }) => `${relativeTime(at, now)}: ${JSON.stringify(guidance)}`,
  );
  return lines.length === 0 ? null : lines.join("\n");
}

function historyText(history: readonly HistoryEntry[], now: number): string | null {
  const lines = history
    .slice(-HISTORY_SHOWN)
    .map(({ iteration, result, at }) => `${iteration}, ${relativeTime(at, now)}: ${result}`);
  return lines.length === 0 ? null : lines.join("\n");
}

/** `troupe agent show`: everything that is known of one agent. */

import type { AgentRow, ExitReason, Guidance, HistoryEntry } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { parseAgentId } from "../model/ids.ts";
import { unknownAgent } from "./agent-list.ts";
import { asSeen, openDatabase } from "./database.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { type Field, readableJson } from "./fields.ts";
import type { DatabaseOptions } from "./options.ts";
import { note, type OutputOptions, printFields, printJson } from "./output.ts";
import { fullTime, largestUnit, relativeTime } from "./relative-time.ts";
import { paintStatus } from "./status-colour.ts";

/** Results shown of those that the row keeps. */
const HISTORY_SHOWN = 5;

export async function showAgent(
  given: string,
  options: DatabaseOptions & OutputOptions,
): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using database = await openDatabase(options);
  const holder = await database.findHolder();
  const stored = await database.store.agents.find(agentId);
  if (stored === undefined) throw unknownAgent(agentId);
  if (holder === undefined) note(`no supervisor runs on ${database.location} now`);
  const row = asSeen(stored, holder);
  if (options.output === "json") printJson(row);
  else printFields(fieldsOf(row, Date.now()));
  return exitCodes.ok;
}

function fieldsOf(row: AgentRow, now: number): readonly Field[] {
  return [
    { name: "id", value: row.agent_id },
    { name: "type", value: row.agent_type },
    { name: "status", value: row.status, paint: (text) => paintStatus(row.status, text) },
    { name: "paused", value: row.paused },
    { name: "iteration", value: row.iteration },
    { name: "subject", value: row.current_subject },
    { name: "result", value: row.result },
    { name: "restarts", value: row.restarts },
    { name: "generation", value: row.generation },
    { name: "epoch", value: row.epoch },
    { name: "started", value: fullTime(row.started_at, now) },
    { name: "ended", value: row.ended_at === null ? null : fullTime(row.ended_at, now) },
    { name: "updated", value: fullTime(row.updated_at, now) },
    { name: "exit reason", value: exitText(row.exit_reason) },
    { name: "last error", value: errorText(row.last_error, now) },
    { name: "config", value: readableJson(row.config) },
    { name: "context", value: readableJson(row.context) },
    { name: "guidance", value: guidanceText(row.pending_guidance, now) },
    { name: "history", value: historyText(row.history, now) },
  ];
}

function exitText(exit: ExitReason | null): string | null {
  if (exit === null) return null;
  const { reason, rung, took_ms, note: words } = exit;
  return `${reason}, ${rung}, took ${largestUnit(took_ms)}${words === undefined ? "" : `: ${words}`}`;
}

function errorText(error: ErrorData | null, now: number): string | null {
  if (error === null) return null;
  const { code, message, stack, at } = error;
  const when = at === undefined ? "" : ` (${relativeTime(at, now)})`;
  return [`${code}: ${message}${when}`, ...(stack === undefined ? [] : [stack])].join("\n");
}

/** Guidance that waits, each on a line of its own. */
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

/** One line for what `troupe agent watch` saw: for people, or as an event in JSON. */

import type { AgentStatus } from "../model/agent.ts";
import type { AgentSummary, TroupeEvent } from "../model/event.ts";
import type { StepRow } from "../model/step.ts";
import { jsonLine, type OutputFormat, paint } from "./output.ts";
import { plainLine } from "./plain-text.ts";
import { largestUnit } from "./relative-time.ts";
import { paintStatus } from "./status-colour.ts";

export function stepLine(step: StepRow, output: OutputFormat): string {
  const { agent_id, status, result, error, iteration, ended_at } = step;
  if (output === "json") {
    return jsonLine({ type: "agent.step", time: ended_at, agent_id, data: step });
  }
  if (status === "ok") return `${nameTag(agent_id)} ${plainLine(result ?? "")}`;
  const why = error === null ? "" : `: ${plainLine(`${error.code}: ${error.message}`)}`;
  return `${nameTag(agent_id)} step ${iteration} ${paintStatus(status, status)}${why}`;
}

/** @param before the status shown last; undefined for an agent that is new */
export function statusLine(
  row: AgentSummary,
  before: AgentStatus | undefined,
  output: OutputFormat,
): string {
  const { agent_id, status, updated_at } = row;
  if (output === "json") {
    return jsonLine({ type: "agent.status", time: updated_at, agent_id, data: row });
  }
  const from = before === undefined ? "" : `${before} → `;
  return `${nameTag(agent_id)} ${from}${paintStatus(status, status)}`;
}

export function unresponsiveLine(
  { agent_id, time, data }: TroupeEvent & { readonly type: "agent.unresponsive" },
  output: OutputFormat,
): string {
  if (output === "json") return jsonLine({ type: "agent.unresponsive", time, agent_id, data });
  const { since, phase, iteration } = data;
  const what = phase === "step" ? `step ${iteration + 1}` : phase;
  const word = paint("red", "unresponsive");
  return `${nameTag(agent_id ?? "")} ${word} for ${largestUnit(time - since)} in ${plainLine(what)}`;
}

function nameTag(agentId: string): string {
  return paint("bold", `[${plainLine(agentId)}]`);
}

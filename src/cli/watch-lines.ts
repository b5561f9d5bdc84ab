/** One line for what `troupe agent watch` saw: for people, or as an event in JSON. */

import type { AgentRow, AgentStatus } from "../model/agent.ts";
import type { StepRow } from "../model/step.ts";
import { jsonLine, type OutputFormat, paint } from "./output.ts";
import { plainLine } from "./plain-text.ts";
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
  row: AgentRow,
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

function nameTag(agentId: string): string {
  return paint("bold", `[${plainLine(agentId)}]`);
}

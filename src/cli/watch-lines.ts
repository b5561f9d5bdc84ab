/** The lines of `troupe agent watch`: for people, or as events in JSON. */

import type { AgentStatus } from "../model/agent.ts";
import { frameText, placeFrame } from "../model/agent-inside.ts";
import type { AgentSummary, TroupeEvent } from "../model/event.ts";
import type { StepRow } from "../model/step.ts";
import { progressText } from "../picture/progress-text.ts";
import { clockText, durationText } from "../picture/time-text.ts";
import { troubleCode } from "../picture/trouble.ts";
import { cutToWidth, plainLine, widthOf } from "./text/plain-text.ts";
import { paintStatus } from "./text/status-colour.ts";
import { jsonLine, type OutputFormat, paint } from "./text/terminal-output.ts";

export function stepLine(step: StepRow, output: OutputFormat): string {
  const { agent_id, status, result, error, iteration, ended_at } = step;
  if (output === "json") {
    return jsonLine({ type: "agent.step", time: ended_at, agent_id, data: step });
  }
  const outcome = error === null ? (result ?? "") : `${error.code}: ${error.message}`;
  const how = status === "ok" ? "" : ` ${status}`;
  return line(ended_at, agent_id, [
    { text: `step ${iteration}` },
    { text: how, paint: (text) => paintStatus(status, text) },
    { text: outcome === "" ? "" : `: ${plainLine(outcome)}` },
  ]);
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
  const trouble = troubleCode(row, null);
  return line(updated_at, agent_id, [
    { text: before === undefined ? "" : `${before} → ` },
    { text: status, paint: (text) => paintStatus(status, text) },
    { text: trouble === undefined ? "" : `: ${plainLine(trouble)}` },
  ]);
}

export function progressLine(
  { agent_id, time, data }: TroupeEvent & { readonly type: "agent.progress" },
  output: OutputFormat,
): string {
  if (output === "json") return jsonLine({ type: "agent.progress", time, agent_id, data });
  return line(time, agent_id ?? "", [
    { text: `step ${data.iteration} … ` },
    { text: plainLine(progressText(data)), paint: (text) => paint("dim", text) },
  ]);
}

export function unresponsiveLine(
  { agent_id, time, data }: TroupeEvent & { readonly type: "agent.unresponsive" },
  output: OutputFormat,
): string {
  if (output === "json") return jsonLine({ type: "agent.unresponsive", time, agent_id, data });
  const { since, phase, iteration, frames } = data;
  const frame = placeFrame(frames ?? []);
  const at = frame === undefined ? "" : ` at ${frameText(frame)}`;
  const place = phase === "step" ? `step ${iteration + 1}` : phase;
  return line(time, agent_id ?? "", [
    { text: "unresponsive", paint: (text) => paint("red", text) },
    { text: ` for ${durationText(time - since)} in ${plainLine(place + at)}` },
  ]);
}

interface Part {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** `10:15:00 [agent1] …`, cut to the terminal's width; whole if it goes to a file or a program. */
function line(at: number, agentId: string, parts: readonly Part[]): string {
  const { isTTY, columns } = process.stdout;
  const head: readonly Part[] = [
    { text: clockText(at), paint: (text) => paint("dim", text) },
    { text: " " },
    { text: `[${plainLine(agentId)}]`, paint: (text) => paint("bold", text) },
    { text: " " },
  ];
  // Some terminals do not say how wide they are.
  let room = isTTY && columns > 0 ? columns : Number.POSITIVE_INFINITY;
  let painted = "";
  for (const { text, paint: colour } of [...head, ...parts]) {
    if (room <= 0 || text === "") continue;
    const shown = cutToWidth(text, room);
    room -= shown === text ? widthOf(text) : room;
    painted += colour === undefined ? shown : colour(shown);
  }
  return painted.trimEnd();
}

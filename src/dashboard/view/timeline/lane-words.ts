/** What the pointer is on, and what has the focus, as text. */

import { type AgentPicture, statusText } from "../../../picture/agent-picture.ts";
import { clockText, dateText, durationText } from "../../../picture/time-text.ts";
import { timelineView } from "../../page-store.ts";
import type { Span } from "../../state/lane-spans.ts";
import { rowAt } from "../../state/overview-rows.ts";
import { msPerPixel } from "../../state/time-axis.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import { type LaneFocus, spanAt } from "./lane-focus.ts";
import { findAt } from "./paint.ts";
import { perRowOf } from "./paint-overview.ts";
import { densityOf, openSince, type Scene } from "./scene.ts";

const SLACK = 5;

/** Lines for the box at the pointer; null if nothing is there. */
export function describeAt(
  scene: Scene | undefined,
  x: number,
  y: number,
): readonly string[] | null {
  const found = scene && findAt(scene, x, y);
  const lane = found && scene && laneAt(scene, found.laneIndex);
  if (scene === undefined || found === undefined || lane === undefined) return null;
  if (x < scene.left) return [lane.name, stateOf(lane)];
  const [agent] = lane.agents;
  const isAgent = scene.view.lanes === "agent" && agent !== undefined;
  const single = isAgent && !scene.layout.isOverview ? agentLines(scene, agent, found.time) : null;
  return [lane.name, ...(single ?? countedLines(scene, lane, found.time))];
}

/** The lane, or in an overview all that share its row. */
function laneAt(scene: Scene, laneIndex: number): Lane | undefined {
  return rowAt(scene.lanes, scene.layout.isOverview ? perRowOf(scene) : 1, laneIndex);
}

/** What one agent did at this time; null if only counts are known. */
function agentLines(scene: Scene, agent: AgentPicture, time: number): readonly string[] | null {
  const { reader, axis, now } = scene;
  const spans = reader.spans.of(agent.id);
  const span = spans && spanAt(spans, time, msPerPixel(axis) * SLACK);
  if (span !== undefined) return linesOf(span);
  const since = openSince(reader, agent.id);
  if (since !== undefined && time >= since && time <= now) {
    return [`in a step for ${durationText(now - since)}`];
  }
  const pauses = reader.marks.pausesOf(agent, now);
  const pause = pauses.find(({ since: from, until }) => time >= from && time <= until);
  return pause === undefined ? null : [`paused since ${dateText(pause.since)}`];
}

function linesOf({ iteration, status, startedAt, endedAt, isGuided }: Span): readonly string[] {
  return [
    `step ${iteration}, ${status}${isGuided ? ", used guidance" : ""}`,
    `${clockText(startedAt)} to ${clockText(endedAt)}, ${durationText(endedAt - startedAt)}`,
  ];
}

/** How many steps ended in the column at this time. */
function countedLines(scene: Scene, lane: Lane, time: number): readonly string[] {
  const density = densityOf(lane.agents, scene);
  const { since, columnMs } = density.columns;
  const at = Math.floor((time - since) / columnMs);
  const [ended = 0, failed = 0] = [density.ended[at], density.failed[at]].map((count) =>
    Math.round(count ?? 0),
  );
  const words = ended === 1 ? "1 step" : `${ended} steps`;
  const when = `${clockText(since + at * columnMs)}, in ${durationText(columnMs)}`;
  return [when, failed === 0 ? words : `${words}, ${failed} failed`];
}

/** For the live region: the lane, and its step if one has the focus. Nothing in it changes with each step. */
export function describeFocus(focus: LaneFocus): string {
  timelineView.value;
  const { lane } = focus;
  if (lane === undefined) return "Arrow up and down choose a lane, left and right a step.";
  const place = `${lane.name}, lane ${focus.laneIndex + 1} of ${focus.lanes.length}`;
  const { span } = focus;
  if (span === undefined) return `${place}, ${statusOf(lane)}`;
  return `${lane.name}, ${linesOf(span).join(", ")}`;
}

function stateOf(lane: Lane): string {
  const [agent] = lane.agents;
  const status = statusOf(lane);
  if (agent === undefined || lane.agents.length > 1) return status;
  return `${status}, ${agent.iteration.toLocaleString("en")} steps`;
}

function statusOf({ agents }: Lane): string {
  const [agent] = agents;
  return agent === undefined || agents.length > 1 ? `${agents.length} agents` : statusText(agent);
}

/** The screen of `troupe top` as lines of text, each no wider than the terminal. Pure. */

import type { InspectColor } from "node:util";
import { directActions } from "../../model/actions/action-registry.ts";
import type { FleetStats } from "../../model/event.ts";
import {
  type AgentPicture,
  lastOutcome,
  memoryOf,
  statusText,
  troubleOfAgent,
} from "../../picture/agent-picture.ts";
import { listQueryDefault, wordsOfQuery } from "../../picture/list-query.ts";
import {
  bytesText,
  percentText,
  plural,
  rateText,
  shortCountText,
} from "../../picture/number-text.ts";
import { progressText } from "../../picture/progress-text.ts";
import { QUIET_MS } from "../../picture/quiet.ts";
import { rateLine } from "../../picture/rate-text.ts";
import { spentText } from "../../picture/spent-text.ts";
import { sum, tokensOf } from "../../picture/stats-history.ts";
import { statuses, toneOf } from "../../picture/status-tone.ts";
import { ageText, durationText } from "../../picture/time-text.ts";
import { cutToWidth, plainLine, widthOf } from "../text/plain-text.ts";
import { toneColours } from "../text/status-colour.ts";
import { type Column, renderTable } from "../text/table.ts";
import { bottomLine, fittingParts } from "./bottom-line.ts";
import type { SortKey } from "./list-view.ts";
import type { Look, Size } from "./look.ts";
import { needsLines } from "./needs-lines.ts";
import type { Figures, TopState } from "./state.ts";

/** Lines above and below the agents: two of figures, the table's head, the bottom line. */
const HEAD_LINES = 2;
const FRAME_LINES = HEAD_LINES + 2;

/** How many agents, or lines of details, fit on a screen. */
export function rowsShown({ rows }: Size): number {
  return Math.max(1, rows - FRAME_LINES);
}

/** Exactly as many lines as the screen has. */
export function renderTop(
  state: TopState,
  agents: readonly AgentPicture[],
  look: Look,
): readonly string[] {
  const { rows } = look;
  const body = bodyOf(state, agents, look);
  const lines = [...headOf(state, agents.length, look), ...body.slice(0, rowsShown(look) + 1)];
  while (lines.length < rows - 1) lines.push("");
  lines.splice(Math.max(0, rows - 1), Number.POSITIVE_INFINITY, bottomLine(state, look));
  return lines;
}

function bodyOf(state: TopState, agents: readonly AgentPicture[], look: Look): readonly string[] {
  if (state.isHelpShown) return ["", ...helpLines.map((line) => cutToWidth(line, look.columns))];
  if (state.details !== undefined) {
    const { lines, first } = state.details;
    const shown = lines.slice(first, first + rowsShown(look));
    const part = `lines ${first + 1} to ${first + shown.length} of ${lines.length}`;
    return [look.paint("bold", part), ...shown].map((line) => cutToWidth(line, look.columns));
  }
  if (state.needs !== undefined) return needsLines(state.causes, state.needs, look);
  return tableOf(state, agents, look);
}

function headOf(state: TopState, listed: number, look: Look): readonly string[] {
  const { figures, connection, view } = state;
  const cut = (text: string) => cutToWidth(text, look.columns);
  if (!connection.isOpen) {
    const why = plainLine(connection.error.message);
    return [look.paint("red", cut(`not connected, retrying: ${why}`)), cut(listText())];
  }
  if (figures === undefined) return [cut("connected, waiting for figures"), cut(listText())];
  const silentMs = look.now - figures.receivedAt;
  if (silentMs > QUIET_MS) {
    const text = `no data for ${ageText(silentMs)}: the server or the connection is slow`;
    return [look.paint("red", cut(text)), cut(listText())];
  }
  const { store } = figures.stats;
  const unhealthy = store.error === null ? "" : `: ${plainLine(store.error.message)}`;
  const first = store.is_healthy
    ? fittingParts(figureTexts(figures), look.columns)
    : look.paint("red", cut(`the database refuses writes${unhealthy}`));
  return [first, statusesText(figures.stats, state.causes.length, listText(), look)];

  function listText(): string {
    const search = view.search === "" ? "" : `, search ${plainLine(view.search)}`;
    const order = `${view.sort}${view.isReversed ? " reversed" : ""}`;
    const words = wordsOfQuery({ ...listQueryDefault, ...view.choice });
    const chosen = words.map(([word, value]) => `, ${word} ${plainLine(value)}`).join("");
    return `${listed} listed: ${view.filter}${chosen}, by ${order}${search}`;
  }
}

/** Rates are left out before the second reading. */
function figureTexts({ stats, rates }: Figures): readonly string[] {
  const { process, actions, usage } = stats;
  const { top } = usage;
  const delayMs = process.event_loop_delay_ms;
  const perSecond = (name: string, rate: number | undefined) =>
    rate === undefined ? "" : `${rateText(rate)} ${name}/s`;
  return [
    perSecond("steps", rates?.stepsPerSecond),
    perSecond("actions", rates?.actionsPerSecond),
    `${actions.in_flight} in flight`,
    `${shortCountText(tokensOf(stats))} tokens`,
    perSecond("tokens", rates?.tokensPerSecond),
    top === null ? "" : `today ${spentText(usage.day)}`,
    top === null ? "" : `most ${plainLine(top.agent_id)} ${spentText(top.day)}`,
    `rss ${bytesText(process.rss_bytes)}`,
    delayMs === 0 ? "" : `loop ${rateText(delayMs)} ms`,
    `up ${durationText(process.uptime_ms)}`,
  ].filter((part) => part !== "");
}

/** `1 error  12 running`, each in its colour, then which agents are listed. */
function statusesText(
  { agents, unresponsive }: FleetStats,
  needs: number,
  rest: string,
  { columns, paint }: Look,
): string {
  const present = statuses.filter((status) => agents[status] > 0);
  const parts: (readonly [string, InspectColor | undefined])[] = [
    [`${sum(agents)} agents`, undefined],
    ...(needs === 0 ? [] : [[`n: ${plural(needs, "cause")}`, "red"] as const]),
    ...present.map(
      (status) => [`${agents[status]} ${status}`, toneColours[toneOf(status)]] as const,
    ),
  ];
  if (unresponsive > 0) parts.push([`${unresponsive} unresponsive`, "red"]);
  parts.push([rest, undefined]);
  // Each part is cut on its own, so that the parts that fit keep their colours.
  let line = "";
  let room = columns;
  for (const [text, colour] of parts) {
    const gap = line === "" ? "" : "  ";
    if (room <= gap.length) break;
    const shown = cutToWidth(text, room - gap.length);
    line += gap + (colour === undefined ? shown : paint(colour, shown));
    room -= gap.length + widthOf(shown);
    if (shown !== text) break;
  }
  return line;
}

const sortTitles: Record<SortKey, string> = {
  id: "id",
  status: "status",
  subject: "subject",
  iteration: "steps",
  rate: "per min",
  memory: "memory",
  cpu: "cpu",
};

/** Precedes each agent; the selected one can be seen without colours. */
const MARK = "> ";
const NO_MARK = "  ";

/** Only the agents on the screen are measured and drawn. */
function tableOf(state: TopState, agents: readonly AgentPicture[], look: Look): readonly string[] {
  const { first, selectedIndex, sort } = state.view;
  const shown = agents.slice(first, first + rowsShown(look));
  const width = look.columns - MARK.length;
  const columns = tableColumns({ ...look, columns: width }, sort);
  const paintTitle = (text: string) => look.paint("bold", text);
  const lines = renderTable(columns, shown, { width, paintTitle });
  if (shown.length === 0) return [NO_MARK + (lines[0] ?? ""), "", "no agents to show"];
  return lines.map((line, index) =>
    index - 1 === selectedIndex - first ? selectedLine(line, look) : NO_MARK + line,
  );
}

/** Marked across the whole width. */
function selectedLine(line: string, { columns, paint }: Look): string {
  const room = " ".repeat(Math.max(0, columns - MARK.length - widthOf(line)));
  return paint("inverse", MARK + line + room);
}

interface TopColumn extends Column<AgentPicture> {
  /** Left out below this width of the terminal. */
  readonly from?: number;
}

/** Widths are fixed, or each result would move the table; subject and result share the rest. */
function tableColumns({ columns, now, paint }: Look, sort: SortKey): readonly TopColumn[] {
  const title = (key: SortKey) => (sort === key ? `${sortTitles[key]}*` : sortTitles[key]);
  const status: TopColumn = {
    title: title("status"),
    cell: statusText,
    width: 10,
    widthMin: 4,
    paint: (text, agent) => paint(statusColourOf(agent), text),
  };
  const possible: readonly TopColumn[] = [
    { title: title("id"), cell: ({ id }) => id, width: columns < 90 ? 14 : 20, widthMin: 4 },
    status,
    number(title("iteration"), ({ iteration }) => shortCountText(iteration), {
      width: 6,
      from: 60,
    }),
    number(title("rate"), ({ rate }) => rateText(rate.perMinute(now)), { width: 8, from: 85 }),
    number(title("memory"), memoryText, { width: 8, from: 95 }),
    number(title("cpu"), cpuText, { width: 6, from: 105 }),
    {
      title: "last minute",
      cell: ({ rate }) => rateLine(rate.slots(now)),
      width: 12,
      from: 125,
      paint: (text) => text.replaceAll("×", paint("red", "×")),
    },
  ];
  const fixed = possible.filter(({ from = 0 }) => columns >= from);
  const taken = fixed.reduce((total, { width = 0 }) => total + width + COLUMN_GAP, COLUMN_GAP);
  const free = Math.max(0, columns - taken);
  const subjectWidth = Math.max(SUBJECT_WIDTH_MIN, Math.floor(free * SUBJECT_SHARE));
  const subject = { title: title("subject"), cell: subjectText, width: subjectWidth, widthMin: 1 };
  const result: TopColumn = {
    title: "last result",
    cell: newestText,
    width: Math.max(RESULT_WIDTH_MIN, free - subjectWidth),
    widthMin: 1,
    paint: (text, { hasFailed, progress }) =>
      hasFailed && progress === null ? paint("red", text) : text,
  };
  return [...fixed.slice(0, 2), subject, ...fixed.slice(2), result];
}

/** How far the running step is, if it says that. */
function newestText(agent: AgentPicture): string {
  return agent.progress === null ? lastOutcome(agent) : progressText(agent.progress);
}

function statusColourOf(agent: AgentPicture): InspectColor {
  return troubleOfAgent(agent) === null ? toneColours[toneOf(agent.status)] : "red";
}

const COLUMN_GAP = 2;
const SUBJECT_WIDTH_MIN = 8;
const SUBJECT_SHARE = 0.3;
const RESULT_WIDTH_MIN = 8;

function number(
  title: string,
  cell: (agent: AgentPicture) => string,
  size: { readonly width: number; readonly from: number },
): TopColumn {
  return { title, cell, align: "right", ...size };
}

/** Guidance that waits will often change the subject: `+1 cats`. */
function subjectText({ subject, pending }: AgentPicture): string {
  return pending.length === 0 ? (subject ?? "") : `+${pending.length} ${subject ?? ""}`;
}

const helpLines = [
  "up, down, k, j        the agent above or below",
  "PgUp, PgDn, space     a screen up or down",
  "Home, End, g, G       the first or the last agent",
  "Enter                 everything about the agent; Esc goes back",
  "/                     search ids, types, subjects, results; Esc gives up",
  "n                     what needs you: by cause, with the agents and what helps",
  ":                     a command: pause type=joke, interrupt a1 subject=tea,",
  "                      status=error sort=cpu, view busiest, create joke",
  "f                     next filter: all, alive, running, paused, paused by",
  "                      failures, unresponsive, error, stopped",
  "N, T, B, I            sort by id, status, subject, steps; again: reversed",
  "R, M, C               sort by steps per minute, memory, cpu",
  "s, S                  sort by the next column; reverse the order",
  ...directActions.map(({ key, word }) => `${key.padEnd(22)}${word}`),
  "i                     interrupt with a new subject or a JSON object",
  "d                     destroy, after a question",
  "q, Ctrl-C             quit",
  "",
  "stuck is an agent that does not respond, waiting one that waits for its model;",
  "+1 before a subject is guidance for the next step. In the last minute a bar is",
  "five seconds of steps, a dot none, and a cross that a step failed.",
];

function memoryText(agent: AgentPicture): string {
  const bytes = memoryOf(agent);
  return bytes === null ? "" : bytesText(bytes);
}

function cpuText({ cpuShare }: AgentPicture): string {
  return cpuShare === null ? "" : percentText(cpuShare);
}

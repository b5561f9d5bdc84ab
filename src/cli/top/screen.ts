/** The screen of `troupe top` as lines of text, each no wider than the terminal. Pure. */

import type { InspectColor } from "node:util";
import { agentStatuses } from "../../model/agent.ts";
import type { FleetStats } from "../../model/event.ts";
import { cutToWidth, plainLine, widthOf } from "../text/plain-text.ts";
import { largestUnit } from "../text/relative-time.ts";
import { bytesText } from "../text/size-text.ts";
import { statusColours } from "../text/status-colour.ts";
import { type Column, renderTable } from "../text/table.ts";
import { type BoardAgent, memoryOf } from "./board.ts";
import { bottomLine, fittingParts } from "./bottom-line.ts";
import { sum } from "./figures.ts";
import type { SortKey } from "./list-view.ts";
import type { Look, Size } from "./look.ts";
import type { TopState } from "./state.ts";

/** Lines above and below the agents: two of figures, the table's head, the bottom line. */
const HEAD_LINES = 2;
const FRAME_LINES = HEAD_LINES + 2;

/** How many agents, or lines of details, a screen has room for. */
export function rowsShown({ rows }: Size): number {
  return Math.max(1, rows - FRAME_LINES);
}

/** Exactly as many lines as the screen has. */
export function renderTop(
  state: TopState,
  agents: readonly BoardAgent[],
  look: Look,
): readonly string[] {
  const { rows } = look;
  const body = bodyOf(state, agents, look);
  const lines = [...headOf(state, agents.length, look), ...body.slice(0, rowsShown(look) + 1)];
  while (lines.length < rows - 1) lines.push("");
  lines.splice(Math.max(0, rows - 1), Number.POSITIVE_INFINITY, bottomLine(state, look));
  return lines;
}

function bodyOf(state: TopState, agents: readonly BoardAgent[], look: Look): readonly string[] {
  if (state.isHelpShown) return ["", ...helpLines.map((line) => cutToWidth(line, look.columns))];
  if (state.details !== undefined) {
    const { lines, first } = state.details;
    const shown = lines.slice(first, first + rowsShown(look));
    const part = `lines ${first + 1} to ${first + shown.length} of ${lines.length}`;
    return [look.paint("bold", part), ...shown].map((line) => cutToWidth(line, look.columns));
  }
  return tableOf(state, agents, look);
}

function headOf(state: TopState, listed: number, look: Look): readonly string[] {
  const { figures, connection, view } = state;
  const cut = (text: string) => cutToWidth(text, look.columns);
  if (!connection.isOpen) {
    const why = plainLine(connection.error.message);
    return [look.paint("red", cut(`not connected, trying again: ${why}`)), cut(listText())];
  }
  if (figures === undefined) return [cut("connected, waiting for figures"), cut(listText())];
  const { stats, stepsPerSecond, actionsPerSecond } = figures;
  const { llm, store } = stats;
  const tokens = llm.input_tokens_total + llm.output_tokens_total;
  const delayMs = stats.process.event_loop_delay_ms;
  // What is not known yet is left out: there are no rates before the second reading.
  const figuresText = [
    stepsPerSecond === undefined ? "" : `${rateText(stepsPerSecond)} steps/s`,
    actionsPerSecond === undefined ? "" : `${rateText(actionsPerSecond)} actions/s`,
    `${stats.actions.in_flight} in flight`,
    `${countText(tokens)} tokens`,
    `rss ${bytesText(stats.process.rss_bytes)}`,
    delayMs === 0 ? "" : `loop ${delayMs.toFixed(1)} ms`,
    `up ${largestUnit(stats.process.uptime_ms)}`,
  ].filter((part) => part !== "");
  const unhealthy = store.error === null ? "" : `: ${plainLine(store.error.message)}`;
  const first = store.is_healthy
    ? fittingParts(figuresText, look.columns)
    : look.paint("red", cut(`the database takes no writes${unhealthy}`));
  return [first, statusesText(stats, listText(), look)];

  function listText(): string {
    const search = view.search === "" ? "" : `, search ${plainLine(view.search)}`;
    const order = `${view.sort}${view.isReversed ? " reversed" : ""}`;
    return `${listed} listed: ${view.filter}, by ${order}${search}`;
  }
}

/** `12 running  3 paused`, each in its colour, then what is listed. */
function statusesText(
  { agents, unresponsive }: FleetStats,
  rest: string,
  { columns, paint }: Look,
): string {
  const present = agentStatuses.filter((status) => agents[status] > 0);
  const parts: (readonly [string, InspectColor | undefined])[] = [
    [`${sum(agents)} agents`, undefined],
    ...present.map((status) => [`${agents[status]} ${status}`, statusColours[status]] as const),
  ];
  if (unresponsive > 0) parts.push([`${unresponsive} unresponsive`, "red"]);
  parts.push([rest, undefined]);
  // Each is cut by itself, so that those which fit keep their colours.
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

/** Titles by what they sort by. */
const sortTitles: Record<SortKey, string> = {
  id: "id",
  status: "status",
  subject: "subject",
  iteration: "steps",
  rate: "per min",
  memory: "memory",
  cpu: "cpu %",
};

/** In front of each agent: the one that is selected has a sign, seen without colours, too. */
const MARK = "> ";
const NO_MARK = "  ";

/** Only what is on the screen is measured and drawn. */
function tableOf(state: TopState, agents: readonly BoardAgent[], look: Look): readonly string[] {
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

/** Marked over its whole width. */
function selectedLine(line: string, { columns, paint }: Look): string {
  const room = " ".repeat(Math.max(0, columns - MARK.length - widthOf(line)));
  return paint("inverse", MARK + line + room);
}

/** A column of the table, but for its width where that depends on the terminal's. */
interface TopColumn extends Column<BoardAgent> {
  /** Left out below this width of the terminal. */
  readonly from?: number;
}

/** Widths stand fast, or the table would jump with every result: subject and result share the rest. */
function tableColumns({ columns, now, paint }: Look, sort: SortKey): readonly Column<BoardAgent>[] {
  const title = (key: SortKey) => (sort === key ? `${sortTitles[key]}*` : sortTitles[key]);
  const status: TopColumn = {
    title: title("status"),
    cell: (agent) => agent.status,
    width: 10,
    widthMin: 4,
    paint: (text, agent) => paint(statusColourOf(agent), text),
  };
  const possible: readonly TopColumn[] = [
    { title: title("id"), cell: ({ id }) => id, width: columns < 90 ? 14 : 20, widthMin: 4 },
    status,
    number(title("iteration"), ({ iteration }) => countText(iteration), { width: 6, from: 60 }),
    number(title("rate"), ({ rate }) => rateText(rate.perMinute(now)), { width: 8, from: 85 }),
    number(title("memory"), memoryText, { width: 8, from: 95 }),
    number(title("cpu"), ({ cpuPercent }) => percentText(cpuPercent), { width: 6, from: 105 }),
  ];
  const fixed = possible.filter(({ from = 0 }) => columns >= from);
  const taken = fixed.reduce((total, { width = 0 }) => total + width + COLUMN_GAP, COLUMN_GAP);
  const free = Math.max(0, columns - taken);
  const subjectWidth = Math.max(SUBJECT_WIDTH_MIN, Math.floor(free * SUBJECT_SHARE));
  const subject = { title: title("subject"), cell: subjectText, width: subjectWidth, widthMin: 1 };
  const result: TopColumn = {
    title: "last result",
    cell: ({ lastResult }) => lastResult,
    width: Math.max(RESULT_WIDTH_MIN, free - subjectWidth),
    widthMin: 1,
    paint: (text, { hasFailed }) => (hasFailed ? paint("red", text) : text),
  };
  return [...fixed.slice(0, 2), subject, ...fixed.slice(2), result];
}

function statusColourOf({ status, isPausedByFailures }: BoardAgent): InspectColor {
  return isPausedByFailures ? "red" : statusColours[status];
}

const COLUMN_GAP = 2;
const SUBJECT_WIDTH_MIN = 8;
const SUBJECT_SHARE = 0.3;
const RESULT_WIDTH_MIN = 8;

function number(
  title: string,
  cell: (agent: BoardAgent) => string,
  size: { readonly width: number; readonly from: number },
): TopColumn {
  return { title, cell, align: "right", ...size };
}

function subjectText({ subject }: BoardAgent): string {
  return subject ?? "";
}

const helpLines = [
  "up, down, k, j        the agent above or below",
  "PgUp, PgDn, space     a screen up or down",
  "Home, End, g, G       the first or the last agent",
  "Enter                 all that is known of the agent; Esc goes back",
  "/                     search in ids, types, subjects, results; Esc gives it up",
  "f                     next filter: all, alive, running, paused, paused by",
  "                      failures, unresponsive, error, stopped",
  "N, T, B, I            sort by id, status, subject, steps; again: reversed",
  "R, M, C               sort by steps per minute, memory, cpu",
  "s, S                  sort by the next column; the other way round",
  "p, r                  pause, resume",
  "i                     interrupt with a new subject, or with a JSON object",
  "d                     destroy, after a question",
  "q, Ctrl-C             quit",
];

function memoryText(agent: BoardAgent): string {
  const bytes = memoryOf(agent);
  return bytes === undefined ? "" : bytesText(bytes);
}

function percentText(percent: number | undefined): string {
  if (percent === undefined) return "";
  return percent < 99.95 ? percent.toFixed(1) : String(Math.round(percent));
}

function rateText(rate: number | undefined): string {
  if (rate === undefined) return "–";
  return rate < 99.95 ? rate.toFixed(1) : countText(Math.round(rate));
}

function countText(count: number): string {
  if (count < 100_000) return String(count);
  return count < 10_000_000 ? `${Math.round(count / 1_000)}k` : `${Math.round(count / 1e6)}M`;
}

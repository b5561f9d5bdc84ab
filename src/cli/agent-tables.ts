/** `troupe agent list` and `troupe agent steps`: tables of agents and of their steps. */

import { type ListedAgent, memoryBytes } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { parseAgentId } from "../model/ids.ts";
import type { AgentStepFilter, StepRow } from "../model/step.ts";
import { compareNaturally } from "../picture/agent-order.ts";
import { bytesText } from "../picture/number-text.ts";
import { progressText } from "../picture/progress-text.ts";
import { durationText, relativeTime } from "../picture/time-text.ts";
import { failureOf, troubleCode } from "../picture/trouble.ts";
import { type AgentFilterFlags, agentFilterOf } from "./agent-filter-flags.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions, PageFlags } from "./options.ts";
import { paintStatus } from "./text/status-colour.ts";
import type { Column } from "./text/table.ts";
import { type OutputOptions, paint, printPage } from "./text/terminal-output.ts";

export type AgentListOptions = AgentFilterFlags & FleetOptions & OutputOptions & PageFlags;

export type StepListOptions = FleetOptions & OutputOptions & PageFlags & AgentStepFilter;

export async function listAgents(options: AgentListOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const { limit, cursor } = options;
  const page = await fleet.agentPage(defined({ limit, cursor, ...agentFilterOf(options) }));
  noteIfIdle(fleet);
  const isLive = page.items.some(({ live }) => live !== null);
  const hasTrouble = page.items.some((row) => troubleText(row) !== "");
  const items = page.items.toSorted((a, b) => compareNaturally(a.agent_id, b.agent_id));
  // For programs the order is that of the cursor.
  const shown = options.output === "json" ? page : { ...page, items };
  const hasProgress = page.items.some((row) => progressOf(row) !== "");
  printPage(shown, agentColumns(Date.now(), { isLive, hasTrouble, hasProgress }), options);
  return exitCodes.ok;
}

/** Newest first. */
export async function listSteps(given: string, options: StepListOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using fleet = await openCommandFleet(options);
  const { status, limit, cursor } = options;
  const page = await fleet.stepPage(agentId, defined({ status, limit, cursor }));
  printPage(page, stepColumns(Date.now()), options);
  return exitCodes.ok;
}

function troubleText(row: ListedAgent): string {
  const code = troubleCode(row, row.live?.unresponsive_since ?? null);
  const failure = failureOf(row) === null ? undefined : row.last_error?.code;
  return code ?? failure ?? "";
}

function progressOf({ live }: ListedAgent): string {
  return live?.progress ? progressText(live.progress) : "";
}

interface Shown {
  /** True if there are figures of threads. */
  readonly isLive: boolean;
  /** True if something is wrong with any of the agents. */
  readonly hasTrouble: boolean;
  /** True if the running step of any of the agents has said how far it is. */
  readonly hasProgress: boolean;
}

function agentColumns(
  now: number,
  { isLive, hasTrouble, hasProgress }: Shown,
): readonly Column<ListedAgent>[] {
  const progress: Column<ListedAgent> = {
    title: "progress",
    cell: progressOf,
    widthMin: 12,
    widthLeast: 8,
  };
  const trouble: Column<ListedAgent> = {
    title: "trouble",
    cell: troubleText,
    widthMin: 12,
    widthLeast: 8,
    paint: (text) => paint("red", text),
  };
  const memory: Column<ListedAgent> = {
    title: "memory",
    cell: ({ live }) => (live === null ? "" : bytesText(memoryBytes(live))),
    align: "right",
    isOptional: true,
  };
  return [
    { title: "id", cell: (row) => row.agent_id, widthMin: 12, widthLeast: 6, isId: true },
    {
      title: "status",
      cell: (row) => row.status,
      widthLeast: 6,
      paint: (text, row) => paintStatus(row.status, text),
    },
    ...(hasTrouble ? [trouble] : []),
    ...(hasProgress ? [progress] : []),
    { title: "iteration", cell: (row) => String(row.iteration), align: "right" },
    { title: "subject", cell: (row) => row.current_subject ?? "", widthMin: 8, widthLeast: 4 },
    { title: "result", cell: (row) => row.result ?? "", widthMin: 12, widthLeast: 6 },
    {
      title: "restarts",
      cell: (row) => String(row.restarts),
      align: "right",
      isOptional: true,
    },
    ...(isLive ? [memory] : []),
    { title: "updated", cell: (row) => relativeTime(row.updated_at, now), align: "right" },
  ];
}

function stepColumns(now: number): readonly Column<StepRow>[] {
  return [
    { title: "iteration", cell: (row) => String(row.iteration), align: "right" },
    {
      title: "status",
      cell: (row) => row.status,
      paint: (text, row) => paintStatus(row.status, text),
    },
    { title: "subject", cell: (row) => row.subject ?? "", widthMin: 8 },
    { title: "result", cell: outcomeOf, widthMin: 16, widthGood: 40 },
    { title: "took", cell: (row) => durationText(row.ended_at - row.started_at), align: "right" },
    { title: "ended", cell: (row) => relativeTime(row.ended_at, now), align: "right" },
    { title: "model", cell: (row) => row.model ?? "", widthMin: 8, isOptional: true },
    { title: "tokens", cell: tokensOf, align: "right", isOptional: true },
  ];
}

function outcomeOf({ result, error }: StepRow): string {
  return error === null ? (result ?? "") : `${error.code}: ${error.message}`;
}

function tokensOf({ input_tokens, output_tokens }: StepRow): string {
  if (input_tokens === null && output_tokens === null) return "";
  return String((input_tokens ?? 0) + (output_tokens ?? 0));
}

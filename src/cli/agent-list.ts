/** `troupe agent list` and `troupe agent steps`: tables of agents and of what they did. */

import { parseAgentId } from "../model/ids.ts";
import type { StepRow } from "../model/step.ts";
import { type ListedAgent, memoryBytes } from "../model/view.ts";
import { bytesText } from "./bytes-text.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { openFleet } from "./fleet.ts";
import type { FleetOptions, PageFlags } from "./options.ts";
import { note, type OutputOptions, printPage } from "./output.ts";
import { largestUnit, relativeTime } from "./relative-time.ts";
import { paintStatus } from "./status-colour.ts";
import type { Column } from "./table.ts";

export interface AgentListOptions extends FleetOptions, OutputOptions, PageFlags {
  readonly type?: string;
  readonly search?: string;
}

export type StepListOptions = FleetOptions & OutputOptions & PageFlags;

export async function listAgents(options: AgentListOptions): Promise<ExitCode> {
  await using fleet = await openFleet(options);
  const { type, search, limit, cursor } = options;
  const page = await fleet.agentPage({
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(type === undefined ? {} : { type }),
    ...(search === undefined ? {} : { q: search }),
  });
  if (fleet.caveat !== undefined) note(fleet.caveat);
  const isLive = page.items.some(({ live }) => live !== null);
  printPage(page, agentColumns(Date.now(), isLive), options);
  return exitCodes.ok;
}

/** Newest first. */
export async function listSteps(given: string, options: StepListOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using fleet = await openFleet(options);
  const { limit, cursor } = options;
  const page = await fleet.stepPage(agentId, {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  printPage(page, stepColumns(Date.now()), options);
  return exitCodes.ok;
}

/** @param isLive true where there are figures of threads */
function agentColumns(now: number, isLive: boolean): readonly Column<ListedAgent>[] {
  const memory: Column<ListedAgent> = {
    title: "memory",
    cell: ({ live }) => (live === null ? "" : bytesText(memoryBytes(live))),
    align: "right",
    isOptional: true,
  };
  return [
    { title: "id", cell: (row) => row.agent_id, widthMin: 12, isId: true },
    {
      title: "status",
      cell: (row) => row.status,
      paint: (text, row) => paintStatus(row.status, text),
    },
    { title: "iteration", cell: (row) => String(row.iteration), align: "right" },
    { title: "subject", cell: (row) => row.current_subject ?? "", widthMin: 8 },
    { title: "result", cell: (row) => row.result ?? "", widthMin: 12 },
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
    { title: "took", cell: (row) => largestUnit(row.ended_at - row.started_at), align: "right" },
    { title: "ended", cell: (row) => relativeTime(row.ended_at, now), align: "right" },
    { title: "model", cell: (row) => row.model ?? "", widthMin: 8, isOptional: true },
    { title: "tokens", cell: tokensOf, align: "right", isOptional: true },
  ];
}

function outcomeOf({ result, error }: StepRow): string {
  return error === null ? (result ?? "") : `${error.code}: ${error.message}`;
}

/** Input and output tokens together. */
function tokensOf({ input_tokens, output_tokens }: StepRow): string {
  if (input_tokens === null && output_tokens === null) return "";
  return String((input_tokens ?? 0) + (output_tokens ?? 0));
}

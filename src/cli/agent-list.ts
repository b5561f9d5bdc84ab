/** `troupe agent list` and `troupe agent steps`: tables of agents and of what they did. */

import type { AgentRow } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { parseAgentId } from "../model/ids.ts";
import type { StepRow } from "../model/step.ts";
import { asSeen, openDatabase } from "./database.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { DatabaseOptions, PageFlags } from "./options.ts";
import { note, type OutputOptions, printPage } from "./output.ts";
import { largestUnit, relativeTime } from "./relative-time.ts";
import { paintStatus } from "./status-colour.ts";
import type { Column } from "./table.ts";

export interface AgentListOptions extends DatabaseOptions, OutputOptions, PageFlags {
  readonly type?: string;
  readonly search?: string;
}

export type StepListOptions = DatabaseOptions & OutputOptions & PageFlags;

export async function listAgents(options: AgentListOptions): Promise<ExitCode> {
  await using database = await openDatabase(options);
  // Asked before the rows are read: one that starts in between has not brought back what they tell.
  const holder = await database.findHolder();
  const { type, search, limit, cursor } = options;
  const page = await database.store.agents.list({
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(type === undefined ? {} : { type }),
    ...(search === undefined ? {} : { q: search }),
  });
  if (holder === undefined) note(`no supervisor runs on ${database.location} now`);
  const items = page.items.map((row) => asSeen(row, holder));
  printPage({ ...page, items }, agentColumns(Date.now()), options);
  return exitCodes.ok;
}

/** Newest first. */
export async function listSteps(given: string, options: StepListOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using database = await openDatabase(options);
  const { limit, cursor } = options;
  const page = await database.store.steps.list(agentId, {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  // A row may be gone and its steps not, or the other way round.
  if (page.items.length === 0 && (await database.store.agents.find(agentId)) === undefined) {
    throw unknownAgent(agentId);
  }
  printPage(page, stepColumns(Date.now()), options);
  return exitCodes.ok;
}

export function unknownAgent(agentId: string): TroupeError {
  return new TroupeError("AGENT_UNKNOWN", `no agent has the id ${agentId}`);
}

function agentColumns(now: number): readonly Column<AgentRow>[] {
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

/**
 * Agents, actions, effects and the database as clients see them: stored rows with parsed JSON columns, and live
 * figures. Loads no schema library.
 */

import type { ActionRow } from "./action.ts";
import type { AgentRow } from "./agent.ts";
import { type Residency, residencyOf } from "./agent-residency.ts";
import type { EffectRow } from "./effect.ts";
import type { ErrorData } from "./error-data.ts";
import { findJsonFault } from "./json-bounds.ts";
import { findTextLoss } from "./json-text-loss.ts";
import type { LISTED_COLUMNS_LEFT_OUT } from "./large-columns.ts";
import { RESULT_LISTED_MAX } from "./limits.ts";
import type { ModelView } from "./model-view.ts";
import { namedAgent } from "./named-agent.ts";
import { parseJson } from "./parse-json.ts";
import type * as response from "./response.ts";
import type { StaticOf } from "./schema-parts.ts";
import type { Shard } from "./shard.ts";
import type { Prices } from "./usage.ts";
import { figureOf } from "./usage-sums.ts";
import type { Figure } from "./usage-view.ts";

export type LiveFigures = StaticOf<typeof response.LiveFiguresSchema>;
export type Progress = NonNullable<LiveFigures["progress"]>;
export type AgentView = StaticOf<typeof response.AgentViewSchema>;
export type ActionView = StaticOf<typeof response.ActionViewSchema>;
export type EffectView = StaticOf<typeof response.EffectViewSchema>;
export type StepContext = StaticOf<typeof response.StepContextSchema>;
export type TableStats = StaticOf<typeof response.TableStatsSchema>;
export type DatabaseView = StaticOf<typeof response.DatabaseViewSchema>;

/** An agent's row in lists: without large columns, and with a cut result. */
export type ListedRow = Omit<AgentRow, (typeof LISTED_COLUMNS_LEFT_OUT)[number]>;

/** One agent of a list. */
export interface ListedAgent extends Omit<ListedRow, "usage"> {
  readonly live: LiveFigures | null;
  readonly residency: Residency | null;
  /** What it has spent on models, ever. */
  readonly spent: Figure | null;
}

/** Bytes that the agent's thread holds, all kinds together. Pure. */
export function memoryBytes({ heap_bytes, external_bytes, shared_bytes }: LiveFigures): number {
  return heap_bytes + external_bytes + shared_bytes;
}

/** A server's account of itself. */
export interface About {
  /** Text that names the model. */
  readonly model: string;
  /** Why no model can be called; null or left out if one can. */
  readonly model_fault?: ErrorData | null;
  readonly database: string;
  /** The shard of the fleet, and the addresses of the servers of all; null if it is not one of several. */
  readonly shard?: (Shard & { readonly addresses: readonly string[] | null }) | null;
  /** Each model and its state. Older servers leave this and the next two out. */
  readonly models?: readonly ModelView[];
  readonly types?: readonly string[];
  /** Text that names the source of its settings; another shell may have others. */
  readonly settings?: string;
}

/** A result in lists and summaries, cut between characters. Pure. */
export function listedResult(result: string | null): string | null {
  if (result === null || result.length <= RESULT_LISTED_MAX) return result;
  const characters = [...result.slice(0, 2 * RESULT_LISTED_MAX + 2)];
  if (characters.length <= RESULT_LISTED_MAX) return result;
  return `${characters.slice(0, RESULT_LISTED_MAX).join("")}…`;
}

/** What is seen of an agent next to its row. */
export interface AgentSight {
  readonly live?: LiveFigures | null;
  /** Where a living agent without a thread is; null = not known. */
  readonly without?: "warm" | "cold" | null;
  readonly prices?: Prices;
}

/** The view of a row. A context that is not JSON is shown as null. Pure. */
export function viewAgent(row: AgentRow, sight: AgentSight = {}): AgentView {
  const context = parseJson(row.context) ?? null;
  return { ...row, context, history: row.history.entries, ...figuresOf(row, sight) };
}

export function viewListed({ usage, ...row }: ListedRow, sight: AgentSight = {}): ListedAgent {
  return { ...row, ...figuresOf({ usage, status: row.status }, sight) };
}

function figuresOf(
  { status, usage }: Pick<AgentRow, "status" | "usage">,
  { live = null, without = null, prices = noPrices }: AgentSight,
) {
  return { live, residency: residencyOf(status, live, without), spent: figureOf(usage, prices) };
}

const noPrices: Prices = new Map();

export function viewAction({ request_key: _requestKey, ...row }: ActionRow): ActionView {
  const { payload, metadata } = row;
  return {
    ...row,
    agent_id: namedAgent(row),
    payload: parsed(payload),
    metadata: metadata === null ? null : parsed(metadata),
  };
}

export function viewEffect(row: EffectRow): EffectView {
  const { input, value } = row;
  return {
    ...row,
    input: input === null ? null : parsed(input),
    value: value === null ? null : parsed(value),
  };
}

/** The text itself if its value is out of bounds, or lacks something that the text has. */
function parsed(text: string): unknown {
  const value = parseJson(text);
  const fault = findJsonFault(value, "value") ?? findTextLoss(text, value, "value");
  return fault === undefined ? value : text;
}

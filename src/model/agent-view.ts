/**
 * What outsiders are shown of agents and actions (stored rows, JSON columns parsed, and live
 * figures) and of the database that keeps them.
 */

import type { ActionRow } from "./action.ts";
import type { AgentRow } from "./agent.ts";
import { findJsonFault } from "./json-bounds.ts";
import { RESULT_LISTED_MAX } from "./limits.ts";
import { parseJson } from "./parse-json.ts";

/** What is known of an agent's thread beside its row. Nothing of it is stored. */
export interface LiveFigures {
  /** V8's heap in use, as answered last. */
  readonly heap_bytes: number;
  /** Buffers beside the heap, as answered last. */
  readonly external_bytes: number;
  /** Shared and WebAssembly memory. */
  readonly shared_bytes: number;
  /** Processor time since the thread began, in milliseconds. */
  readonly cpu_ms: number;
  /** Guidance that the agent has not used yet. */
  readonly mailbox_length: number;
  /** Since when, in milliseconds since the epoch, its event loop has not turned; null = it turns. */
  readonly unresponsive_since: number | null;
  /** Since when, in milliseconds since the epoch, it has been in its step; null = between steps. */
  readonly step_since: number | null;
}

/** Bytes that the agent's thread holds, all kinds together. Pure. */
export function memoryBytes({ heap_bytes, external_bytes, shared_bytes }: LiveFigures): number {
  return heap_bytes + external_bytes + shared_bytes;
}

/** One agent: its row, and null in `live` where it has no thread. */
export interface AgentView extends AgentRow {
  readonly live: LiveFigures | null;
}

/** What a list leaves out of each row, because it can be large. */
export const LISTED_COLUMNS_LEFT_OUT = ["context", "history"] as const;

/** An agent's row as lists have it: the result is cut, and the columns above are not there. */
export type ListedRow = Omit<AgentRow, (typeof LISTED_COLUMNS_LEFT_OUT)[number]>;

/** One agent of a list. */
export interface ListedAgent extends ListedRow {
  readonly live: LiveFigures | null;
}

/**
 * One action. A payload or metadata that is not JSON as it is taken at the doors, as a foreign writer may
 * leave it, stays text: a reader that is strict would refuse the whole answer for its sake.
 */
export interface ActionView extends Omit<ActionRow, "payload" | "metadata" | "request_key"> {
  readonly payload: unknown;
  readonly metadata: unknown;
}

/** How large a table is: its rows, and the files that it keeps. */
export interface TableStats {
  readonly rows: number;
  /** Bytes of the data of the newest version. */
  readonly bytes: number;
  /** Bytes of all that lies in the table's folder; null on an object store. */
  readonly disk_bytes: number | null;
  readonly fragments: number;
  /** Versions that are kept, the newest included. */
  readonly versions: number;
  /**
   * When the last compaction by the process that tells ended, in milliseconds since the epoch; null
   * where it has not compacted the table.
   */
  readonly compacted_at: number | null;
}

/** The database, table by table. */
export interface DatabaseView {
  /** Its folder or URI. */
  readonly location: string;
  readonly tables: {
    readonly queue: TableStats;
    readonly agents_config: TableStats;
    readonly agent_state: TableStats;
    readonly agent_steps: TableStats;
  };
}

/** What a server tells about itself. */
export interface About {
  /** Which model answers, in words. */
  readonly model: string;
  readonly database: string;
  /** Of agents. Older servers leave these two out. */
  readonly types?: readonly string[];
  /** Whose settings they are, in words: those of a shell elsewhere may be others. */
  readonly settings?: string;
}

/** A result as lists and summaries show it. Cuts between characters. Pure. */
export function listedResult(result: string | null): string | null {
  if (result === null || result.length <= RESULT_LISTED_MAX) return result;
  const characters = [...result.slice(0, 2 * RESULT_LISTED_MAX + 2)];
  if (characters.length <= RESULT_LISTED_MAX) return result;
  return `${characters.slice(0, RESULT_LISTED_MAX).join("")}…`;
}

/** The view of a row. Pure. */
export function viewAction({ request_key: _requestKey, ...row }: ActionRow): ActionView {
  const { payload, metadata } = row;
  return {
    ...row,
    payload: parsed(payload),
    metadata: metadata === null ? null : parsed(metadata),
  };
}

function parsed(text: string): unknown {
  const value = parseJson(text);
  return findJsonFault(value, "value") === undefined ? value : text;
}

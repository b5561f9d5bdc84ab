/** What outsiders are shown of agents and actions: stored rows, JSON columns parsed, and live figures. */

import type { ActionRow } from "./action.ts";
import type { AgentRow } from "./agent.ts";

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
}

/** Bytes that the agent's thread holds, all kinds together. Pure. */
export function memoryBytes({ heap_bytes, external_bytes, shared_bytes }: LiveFigures): number {
  return heap_bytes + external_bytes + shared_bytes;
}

/** One agent: its row, and null in `live` where it has no thread. */
export interface AgentView extends AgentRow {
  readonly live: LiveFigures | null;
}

/** One action. A payload or metadata that is not JSON, as a foreign writer may leave it, stays text. */
export interface ActionView extends Omit<ActionRow, "payload" | "metadata"> {
  readonly payload: unknown;
  readonly metadata: unknown;
}

/** The view of a row. Pure. */
export function viewAction(row: ActionRow): ActionView {
  const { payload, metadata } = row;
  return {
    ...row,
    payload: parsed(payload),
    metadata: metadata === null ? null : parsed(metadata),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * Rehydration: stores the rows of agents with their new status, a bounded number at the same time, then
 * requests their threads, in the order in which their steps are due. Agents that rest get none, and their
 * rows stay as they are, except one, so that the epoch grows: the others have the epoch of their last writer
 * until they are merged again.
 */

import type { Logger } from "pino";
import { isAlive } from "../model/agent.ts";
import { describeDeaths, type SafeMode } from "../model/safe-mode.ts";
import type { AgentRecord } from "./agent-record.ts";
import { inDueOrder } from "./due-order.ts";
import type { ManagedAgent } from "./managed-agent.ts";

/** Rows that are stored at the same time. */
const ROWS_AT_ONCE_MAX = 1_000;

/** Starts that continue in the background. */
export type Rehydration = readonly Promise<void>[];

export interface RehydrationOptions {
  /** All come back paused, and none gets a thread before it is resumed. */
  readonly safeMode: SafeMode | undefined;
  /** Called for each agent that has ended, once its row has that status. */
  readonly release: (record: AgentRecord) => void;
}

/** Resolves once every row is stored. */
export async function rehydrate(
  agents: readonly ManagedAgent[],
  options: RehydrationOptions,
): Promise<Rehydration> {
  const changed = agents.filter(({ record, rest }) => !rest.isResting || !record.isStored);
  // One row at least has the new epoch: otherwise the next start would have the same one.
  const stored = changed.length > 0 ? changed : agents.slice(0, 1);
  for (let first = 0; first < stored.length; first += ROWS_AT_ONCE_MAX) {
    const some = stored.slice(first, first + ROWS_AT_ONCE_MAX);
    await Promise.all(some.map(({ record }) => storeRow(record, options)));
  }
  if (options.safeMode !== undefined) return [];
  const waking = agents.filter(({ record, rest }) => isAlive(record.row.status) && !rest.isResting);
  return inDueOrder(waking, ({ rest }) => rest.dueAt).map((agent) => agent.giveThread());
}

async function storeRow(
  record: AgentRecord,
  { safeMode, release }: RehydrationOptions,
): Promise<void> {
  if (safeMode !== undefined && isAlive(record.row.status)) record.park(safeMode);
  await record.save({ atOnce: true });
  if (!isAlive(record.row.status)) release(record);
}

export function warnOfSafeMode(safeMode: SafeMode, agents: number, log: Logger): void {
  const how = "resume them one by one: troupe agent resume <id>";
  log.error(
    { agents },
    `SAFE_MODE: ${describeDeaths(safeMode)}; all agents came back paused, ${how}`,
  );
}

export function logRevival(revived: readonly Promise<void>[], log: Logger): void {
  if (revived.length > 0) log.info({ agents: revived.length }, "bringing agents back");
}

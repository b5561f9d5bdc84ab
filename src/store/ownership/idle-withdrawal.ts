/** Withdraws an action of a database that no process runs, and holds the lock meanwhile. */

import { laneOf } from "../../model/action.ts";
import { type ActionView, viewAction } from "../../model/agent-view.ts";
import { unknownAction } from "../../model/fleet-errors.ts";
import { actionBegun, withdrawnBy } from "../../model/withdrawal.ts";
import type { Store } from "../store.ts";
import { acquireLock } from "./lock.ts";

interface OpenedDatabase {
  readonly location: string;
  /** The setting `TROUPE_LOCAL`. */
  readonly local: string | null;
  readonly store: Store;
}

/**
 * @param asked the action's id, the actor, and why
 * @throws {TroupeError} `ACTION_NOT_FOUND`; `ACTION_BEGUN`, also for an action whose effect is stored but
 * not its end; `DATABASE_LOCKED` if a process runs: only it knows which actions have begun.
 */
export async function withdrawIdle(
  { location, local, store }: OpenedDatabase,
  [id, actor, reason]: readonly [id: string, actor: string, reason?: string | undefined],
): Promise<ActionView> {
  // A new epoch: agents that earlier processes left as running do not run.
  const epoch = (await store.agents.maxEpoch()) + 1;
  await using _lock = await acquireLock(location, { epoch }, local);
  const row = await store.queue.find(id);
  if (row === undefined) throw unknownAction(id);
  if (row.outcome === "cancelled") return viewAction(row);
  const agent = await store.agents.findLeft(laneOf(row));
  if (row.processed || agent?.applied_actions.includes(id) === true) throw actionBegun(row);
  const processed_at = Date.now();
  const error = withdrawnBy(actor, reason, processed_at);
  await store.queue.ack([
    { id, outcome: "cancelled", error, attempts: row.attempts, processed_at },
  ]);
  return viewAction({ ...row, processed: true, outcome: "cancelled", error, processed_at });
}

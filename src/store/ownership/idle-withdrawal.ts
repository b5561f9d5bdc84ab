/** Withdraws an action of a database that no process runs, and owns the database meanwhile. */

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
  /** Options of its object store. */
  readonly storage: Readonly<Record<string, string>>;
  readonly store: Store;
}

/**
 * @param asked the action's id, the actor, and why
 * @throws {TroupeError} `ACTION_NOT_FOUND`; `ACTION_BEGUN`, also for an action whose effect is stored but
 * not its end; `DATABASE_LOCKED` if a process runs: only it knows which actions have begun.
 */
export async function withdrawIdle(
  { location, local, storage, store }: OpenedDatabase,
  [id, actor, reason]: readonly [id: string, actor: string, reason?: string | undefined],
): Promise<ActionView> {
  // With the journal, which is not read while this process has the lock.
  const before = await store.queue.find(id);
  const { openStore } = await import("../store.ts");
  await using lock = await acquireLock(location, local);
  const claim = { lock, url: null, takesOver: false };
  await using own = await openStore({ location, storage, claim });
  // Of this claim: agents that earlier processes left as running do not run.
  await lock.note({ epoch: own.epoch });
  const inTable = await own.queue.find(id);
  const row = inTable?.processed === true ? inTable : (before ?? inTable);
  if (row === undefined) throw unknownAction(id);
  if (row.outcome === "cancelled") return viewAction(row);
  const agent = await store.agents.findLeft(laneOf(row));
  if (row.processed || agent?.applied_actions.includes(id) === true) throw actionBegun(row);
  const processed_at = Date.now();
  const error = withdrawnBy(actor, reason, processed_at);
  const end = { outcome: "cancelled", error, processed_at } as const;
  const cancelled = { ...row, ...end, processed: true };
  // The next start finds the row, and drops the journal's entry.
  if (inTable === undefined) await own.queue.append([cancelled]);
  else await own.queue.ack([{ id, ...end, attempts: row.attempts }]);
  return viewAction(cancelled);
}

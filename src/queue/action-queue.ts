/** The way into the queue: appends actions and reads how they ended, next to a dispatcher or without one. */

import type { NewAction } from "../model/action.ts";
import { environmentActions } from "../model/actions/action-registry.ts";
import { type ActionView, viewAction } from "../model/agent-view.ts";
import { checkWait, waitTimeout } from "../model/fleet-errors.ts";
import { checkAgents, type ShardDoor } from "../model/shard-door.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { Doorbell } from "./doorbell.ts";
import { enqueue, type LocalDispatcher } from "./enqueue.ts";
import { OwnIds } from "./own-ids.ts";

/** Milliseconds between two reads of an awaited action, if nothing rings. */
const WAIT_POLL_MS = 250;

/** Needs no running supervisor: an appended action waits for one. */
export class ActionQueue {
  readonly #table: QueueTable;
  readonly #dispatcher: LocalDispatcher | undefined;
  readonly #ownIds: OwnIds;
  readonly #door: ShardDoor | undefined;

  /**
   * @param dispatcher the one of this process, if it has one
   * @param door of the shard that the table is in; undefined if the fleet has no shards
   */
  constructor(table: QueueTable, dispatcher?: LocalDispatcher, door?: ShardDoor) {
    this.#table = table;
    this.#dispatcher = dispatcher;
    this.#door = door;
    this.#ownIds = new OwnIds(table);
  }

  /**
   * Appends actions in one commit; resolves with their ids, in order, once they are durable.
   * @throws {TroupeError} `ACTION_MALFORMED`, `STORE_UNAVAILABLE`, `ACTION_DUPLICATE` if one of the
   * caller's own ids was used before, `SHARD_MISDIRECTED` if one of the agents is in another shard.
   */
  async append(actions: readonly NewAction[]): Promise<readonly string[]> {
    return await this.#ownIds.claim(actions, () => this.appendNew(actions));
  }

  /** {@link append} for actions whose ids, if they have any, are known to be new. */
  async appendNew(actions: readonly NewAction[], requestKey?: string): Promise<readonly string[]> {
    checkAgents(this.#door, actions.map(agentOf));
    return await enqueue(this.#table, actions, { dispatcher: this.#dispatcher, requestKey });
  }

  /** {@link append} with the key of the request in the rows. */
  async appendKeyed(actions: readonly NewAction[], requestKey: string): Promise<readonly string[]> {
    this.#table.requestKeys.announce();
    return await this.#ownIds.claim(actions, () => this.appendNew(actions, requestKey));
  }

  /** Another process has appended rows: the dispatcher of this one reads them now. */
  ring(): void {
    this.#dispatcher?.ring();
  }

  async find(actionId: string): Promise<ActionView | undefined> {
    const row = await this.#table.find(actionId);
    return row && viewAction(row);
  }

  /** Resolves with the action once it is processed. @throws {TroupeError} `WAIT_TIMEOUT`. */
  async waitFor(actionId: string, timeoutMs: number): Promise<ActionView> {
    checkWait(timeoutMs);
    const deadline = performance.now() + timeoutMs;
    const doorbell = new Doorbell();
    using _watch = this.#table.watch(() => doorbell.ring());
    for (;;) {
      const action = await this.find(actionId);
      if (action?.processed === true) return action;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw waitTimeout(actionId, timeoutMs);
      await doorbell.wait(Math.min(leftMs, WAIT_POLL_MS));
    }
  }
}

/** The agent of an action that nothing has checked yet; undefined if it has none. */
function agentOf({ action, agent_id, payload }: NewAction): string | undefined {
  if (environmentActions.includes(action)) return undefined;
  const agentId = agent_id ?? Object(payload)["agent_id"];
  return typeof agentId === "string" ? agentId : undefined;
}

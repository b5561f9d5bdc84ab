/** The client of the queue: what the library and the CLI append actions with, and watch their end. */

import type { NewAction } from "../model/action.ts";
import { type ActionView, viewAction } from "../model/agent-view.ts";
import { TroupeError } from "../model/errors.ts";
import { withdrawnBy } from "../model/withdrawal.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { Doorbell } from "./doorbell.ts";
import { enqueue, type LocalDispatcher } from "./enqueue.ts";
import { OwnIds } from "./own-ids.ts";
import { QueueVerbs, waitTimeout } from "./verbs.ts";

/** Milliseconds between two looks at an action that is waited for, where nothing rings. */
const WAIT_POLL_MS = 250;

/** @throws {TroupeError} as {@link QueueVerbs.actionCancel}. */
export type Withdraw = (actionId: string, actor: string, reason?: string) => Promise<ActionView>;

export interface QueueClientOptions {
  readonly table: QueueTable;
  readonly dispatcher?: LocalDispatcher;
  /** Withdraws an action where the dispatcher is in no process, or in another one. */
  readonly withdraw?: Withdraw;
  /** Closes what the client was made with. */
  readonly close: () => Promise<void>;
}

/**
 * Appends actions to the queue of one database and reads how they ended. Needs no running
 * supervisor: what is appended waits for one. How it ended tells {@link actionWait}.
 */
export class QueueClient extends QueueVerbs {
  readonly #options: QueueClientOptions;
  readonly #ownIds: OwnIds;

  constructor(options: QueueClientOptions) {
    super();
    this.#options = options;
    this.#ownIds = new OwnIds(options.table);
  }

  /**
   * @throws {TroupeError} `STORE_UNAVAILABLE` where the rows cannot be made durable,
   * `ACTION_DUPLICATE` where an id of the caller's own was used before.
   */
  async append(actions: readonly NewAction[]): Promise<readonly string[]> {
    return await this.#ownIds.claim(actions, () => this.appendNew(actions));
  }

  /** {@link append} for actions whose ids, if they have any, are known to be new. */
  async appendNew(actions: readonly NewAction[], requestKey?: string): Promise<readonly string[]> {
    const { table, dispatcher } = this.#options;
    return await enqueue(table, actions, { dispatcher, requestKey });
  }

  /** {@link append}, and the rows remember the key of their request. */
  async appendKeyed(actions: readonly NewAction[], requestKey: string): Promise<readonly string[]> {
    this.#options.table.requestKeys.expect();
    return await this.#ownIds.claim(actions, () => this.appendNew(actions, requestKey));
  }

  async actionFind(actionId: string): Promise<ActionView | undefined> {
    const row = await this.#options.table.find(actionId);
    return row && viewAction(row);
  }

  async actionWait(actionId: string, timeoutMs: number): Promise<ActionView> {
    const deadline = Date.now() + timeoutMs;
    const doorbell = new Doorbell();
    using _watch = this.#options.table.watch(() => doorbell.ring());
    for (;;) {
      const action = await this.actionFind(actionId);
      if (action?.processed === true) return action;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw waitTimeout(actionId, timeoutMs);
      await doorbell.wait(Math.min(leftMs, WAIT_POLL_MS));
    }
  }

  async actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView> {
    const { dispatcher, withdraw } = this.#options;
    if (dispatcher !== undefined) {
      const why = withdrawnBy(actor, reason, Date.now());
      return viewAction(await dispatcher.withdraw(actionId, why));
    }
    if (withdraw !== undefined) return await withdraw(actionId, actor, reason);
    throw new TroupeError("INTERNAL", "this queue has no way to withdraw an action");
  }

  async close(): Promise<void> {
    await this.#options.close();
  }
}

/** The client of the queue: what the library and the CLI append actions with, and watch their end. */

import { type ActionView, viewAction } from "../model/view.ts";
import type { QueueTable } from "../store/queue-table.ts";
import { Doorbell } from "./doorbell.ts";
import { type ActionRequest, enqueue, type NearbyDispatcher } from "./enqueue.ts";
import { QueueVerbs, waitTimeout } from "./verbs.ts";

/** Milliseconds between two looks at an action that is waited for, where nothing rings. */
const WAIT_POLL_MS = 250;

export interface QueueClientOptions {
  readonly table: QueueTable;
  readonly dispatcher?: NearbyDispatcher;
  /** Closes what the client was made with. */
  readonly close: () => Promise<void>;
}

/**
 * Appends actions to the queue of one database and reads how they ended. Needs no running
 * supervisor: what is appended waits for one. How it ended tells {@link actionWait}.
 */
export class QueueClient extends QueueVerbs {
  readonly #options: QueueClientOptions;

  constructor(options: QueueClientOptions) {
    super();
    this.#options = options;
  }

  /** @throws {TroupeError} `STORE_UNAVAILABLE` where the rows cannot be made durable. */
  async enqueue(requests: readonly ActionRequest[]): Promise<readonly string[]> {
    const { table, dispatcher } = this.#options;
    return await enqueue(table, requests, dispatcher);
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

  async close(): Promise<void> {
    await this.#options.close();
  }
}

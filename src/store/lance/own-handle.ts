/**
 * The handle of a table that this process alone writes, on an object store. It knows the version that its
 * own last commit made, so neither a read nor a commit asks the store which is the newest: an append is 4
 * requests in place of 8.
 *
 * It is also the fence of a process that was replaced. The next owner seals the table (seal.ts), and
 * LanceDB refuses a commit from a version before the seal, whenever it arrives. After a refusal the handle
 * moves to the newest version, and a check of the claim that begins then must pass before it is used again.
 */

import type { Table } from "@lancedb/lancedb";

export class OwnHandle {
  readonly #table: Pick<Table, "checkoutLatest">;
  readonly #confirm: () => Promise<void>;
  /** True if the store may have a version that the handle does not know. */
  #isBehind = false;
  #refreshing: Promise<void> | undefined;

  /** @param confirm checks the claim now; rejects with `DATABASE_LOST` */
  constructor(table: Pick<Table, "checkoutLatest">, confirm: () => Promise<void>) {
    this.#table = table;
    this.#confirm = confirm;
  }

  /** Runs one request to the table, at its newest version. */
  async run<R>(request: () => Promise<R>): Promise<R> {
    await this.#ready();
    try {
      return await request();
    } catch (error) {
      // Others may have committed, or this process without an answer.
      this.#isBehind = true;
      throw error;
    }
  }

  #ready(): Promise<void> | undefined {
    if (!this.#isBehind) return this.#refreshing;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    this.#isBehind = false;
    try {
      await this.#table.checkoutLatest();
      await this.#confirm();
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }
}

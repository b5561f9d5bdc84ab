/**
 * Finds the actions of one request by its `Idempotency-Key`, if their ids are the caller's own and not
 * derived from the key: their rows have a digest of the key.
 */

import type { ActionRow } from "../../model/action.ts";
import { predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

const has = predicatesOf("queue");

export class RequestKeys {
  readonly #table: StoredTable<"queue">;
  /** Whether any row has a key, checked once: if none has, which is usual, no query is needed. */
  #hasAny: Promise<boolean> | undefined;

  constructor(table: StoredTable<"queue">) {
    this.#table = table;
  }

  /** The actions of the request with this key, unordered. */
  async find(requestKey: string): Promise<readonly ActionRow[]> {
    this.#hasAny ??= this.#checkAny();
    if (!(await this.#hasAny)) return [];
    return await this.#table.read<ActionRow>({ where: has.is("request_key", requestKey) });
  }

  /** Must be called before rows with a key are appended. */
  announce(): void {
    this.#hasAny = Promise.resolve(true);
  }

  async #checkAny(): Promise<boolean> {
    try {
      return await this.#table.hasRow(has.isAbove("request_key", ""));
    } catch (error) {
      this.#hasAny = undefined;
      throw error;
    }
  }
}

/**
 * Which actions came of one request, where their ids do not say so: a request with an
 * `Idempotency-Key` whose actions have ids of the caller's own leaves a digest of the key in their rows.
 */

import type { ActionRow } from "../../model/action.ts";
import { predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

const has = predicatesOf("queue");

export class RequestKeys {
  readonly #table: StoredTable<"queue">;
  /** Whether any row has a key, looked at once: nearly always none has, and then nobody need ask. */
  #hasAny: Promise<boolean> | undefined;

  constructor(table: StoredTable<"queue">) {
    this.#table = table;
  }

  /** The actions of the request with this key, in no order. */
  async find(requestKey: string): Promise<readonly ActionRow[]> {
    this.#hasAny ??= this.#look();
    if (!(await this.#hasAny)) return [];
    return await this.#table.read<ActionRow>({ where: has.is("request_key", requestKey) });
  }

  /** To be called before rows with a key are appended. */
  expect(): void {
    this.#hasAny = Promise.resolve(true);
  }

  async #look(): Promise<boolean> {
    try {
      const where = has.isAbove("request_key", "");
      return (await this.#table.read({ where, columns: ["id"], limit: 1 })).length > 0;
    } catch (error) {
      this.#hasAny = undefined;
      throw error;
    }
  }
}

/**
 * Ids that callers choose: each must be new. Of two requests with the same id the first is carried
 * out, and the other is refused before any part of it is stored.
 */

import type { NewAction } from "../model/action.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { checkNewActions } from "./request-check.ts";

export class OwnIds {
  readonly #table: QueueTable;
  /** Ids of appends under way. */
  readonly #claimed = new Set<string>();

  constructor(table: QueueTable) {
    this.#table = table;
  }

  /**
   * Runs `append` unless an id of the actions was used before, or by an append under way.
   * @throws {TroupeError} `ACTION_DUPLICATE`, `ACTION_MALFORMED`, and the errors of `append`.
   */
  async claim<T>(actions: readonly NewAction[], append: () => Promise<T>): Promise<T> {
    const ids = actions.flatMap(({ id }) => id ?? []);
    if (ids.length === 0) return await append();
    checkNewActions(actions); // before the ids are looked up
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id) || this.#claimed.has(id)) throw duplicate(id);
      seen.add(id);
    }
    for (const id of ids) this.#claimed.add(id);
    try {
      for (const { id } of (await this.#table.findAll(ids)).values()) throw duplicate(id);
      return await append();
    } finally {
      for (const id of ids) this.#claimed.delete(id);
    }
  }
}

export function duplicate(id: string): TroupeError {
  const message = `the id of an action must be new; an action already has the id ${excerpt(id)}`;
  return new TroupeError("ACTION_DUPLICATE", message, { details: { id } });
}

/**
 * The queue of a process that does not run the agents: the table, and with it the actions that only the
 * journal of an ended process has. Writes go to the table alone.
 */

import type { ActionRow } from "../../model/action.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { type ActionQuery, listActions } from "../tables/action-pages.ts";
import { QueueTable } from "../tables/queue-table.ts";
import type { LeftJournal } from "./left-journal.ts";

export class LeftQueue extends QueueTable {
  readonly #table: StoredTable<"queue">;
  readonly #journal: LeftJournal;

  constructor(
    table: StoredTable<"queue">,
    versionsFolder: string | undefined,
    journal: LeftJournal,
  ) {
    super(table, versionsFolder);
    this.#table = table;
    this.#journal = journal;
  }

  // In each of these the journal is read first: a process that starts in between brings its entries
  // into the table.

  override async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, ActionRow>> {
    const left = new Map((await this.#journal.rows()).map((row) => [row.id, row]));
    const found = new Map(await super.findAll(ids));
    for (const id of ids) {
      const row = left.get(id);
      if (row !== undefined && isNewer(row, found.get(id))) found.set(id, row);
    }
    return found;
  }

  override async list(options: ActionQuery = {}): Promise<ListPage<ActionRow>> {
    const newer = (await this.#newer()).map(({ row }) => row);
    return await listActions(this.#table, options, newer);
  }

  override async countPending(): Promise<number> {
    const newer = await this.#newer();
    const changes = newer.map(({ row, isInTable }) => Number(!row.processed) - Number(isInTable));
    return changes.reduce((sum, change) => sum + change, await super.countPending());
  }

  /** The entries of which the table has less; one that it has is pending there. */
  async #newer(): Promise<readonly { readonly row: ActionRow; readonly isInTable: boolean }[]> {
    const rows = await this.#journal.rows();
    const found = await super.findAll(rows.map(({ id }) => id));
    return rows
      .filter((row) => isNewer(row, found.get(row.id)))
      .map((row) => ({ row, isInTable: found.has(row.id) }));
  }
}

/** A row of another action with the same id stays as it is: the next start rejects one of them. */
function isNewer(row: ActionRow, inTable: ActionRow | undefined): boolean {
  if (inTable === undefined) return true;
  return row.processed && !inTable.processed && row.created_at === inTable.created_at;
}

/**
 * The intake of the table: of the rows that were read, finds those that are actions to dispatch, and rejects
 * those that cannot become any.
 */

import type { Logger } from "pino";
import type { ActionRow } from "../model/action.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import { ROW_BYTES_MAX } from "../model/limits.ts";
import type { PendingAction, PendingKey } from "../store/tables/pending-rows.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { sortIntake } from "./intake.ts";
import type { OpenActions } from "./open-actions.ts";

/** Ids of one log line. */
const IDS_LOGGED_MAX = 10;

export interface TableIntakeOptions {
  readonly table: QueueTable;
  readonly open: Pick<OpenActions, "has" | "isAnnounced">;
  readonly log: Logger;
  readonly poller: { readonly isWindowFull: boolean; readonly pollSoon: () => void };
}

export class TableIntake {
  readonly #options: TableIntakeOptions;

  constructor(options: TableIntakeOptions) {
    this.#options = options;
  }

  /** Resolves with the rows to dispatch. */
  async select(rows: readonly PendingKey[]): Promise<readonly ActionRow[]> {
    const { fresh, duplicates, unfit } = sortIntake(rows, (id) => this.#options.open.has(id));
    await this.#rejectUnfit(unfit);
    const repeated = await this.#findRepeated(fresh);
    await this.#rejectDuplicates([...duplicates, ...repeated]);
    return await this.#readWhole(fresh.filter((key) => !repeated.has(key)));
  }

  async #readWhole(keys: readonly PendingKey[]): Promise<readonly ActionRow[]> {
    const whole = keys.filter((key): key is PendingAction => "payload" in key);
    if (whole.length === keys.length) return whole;
    return await this.#options.table.readPending(keys.map(({ id }) => id));
  }

  /** Rows with the id of an action that is already processed. */
  async #findRepeated(rows: readonly PendingKey[]): Promise<ReadonlySet<PendingKey>> {
    const { open, table } = this.#options;
    const unsure = rows.map(({ id }) => id).filter((id) => !open.isAnnounced(id));
    if (unsure.length === 0) return new Set();
    const processed = await table.findProcessed(unsure);
    return new Set(rows.filter((row) => processed.has(row.id)));
  }

  /** Rows without an id, or too large to be read. */
  async #rejectUnfit(rows: readonly PendingKey[]): Promise<void> {
    if (rows.length === 0) return;
    const { table, poller, log } = this.#options;
    const limit = `its texts have at most ${ROW_BYTES_MAX} bytes in all`;
    const text = `a row must have an id, and ${limit}; only the start of longer texts is kept`;
    const error = toErrorData(new TroupeError("ACTION_MALFORMED", text));
    await table.rejectUnfit(rows, error, Date.now());
    if (poller.isWindowFull) poller.pollSoon();
    const about = { rows: rows.length, ids: firstIds(rows) };
    log.warn(about, "rows without an id, or too large; rejected");
  }

  async #rejectDuplicates(rows: readonly PendingKey[]): Promise<void> {
    if (rows.length === 0) return;
    const { table, poller, log } = this.#options;
    const error = toErrorData(new TroupeError("ACTION_DUPLICATE", "an earlier action has this id"));
    const rowIds = rows.map((row) => row.rowId);
    const rejected = await table.rejectDuplicates(rowIds, error, Date.now());
    // The next poll finds a row that has moved since it was read.
    if (rejected < rows.length) poller.pollSoon();
    log.warn({ ids: firstIds(rows) }, "duplicate action ids");
  }
}

function firstIds(rows: readonly PendingKey[]): readonly string[] {
  return rows.slice(0, IDS_LOGGED_MAX).map(({ id }) => id);
}

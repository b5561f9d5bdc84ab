/**
 * The table `queue`: any program appends, only this process updates. An ack, a postponement or a
 * rejection changes only rows that are not processed yet, so that each row is processed once.
 */

import { withDeadline } from "../../deadline.ts";
import type { ActionOutcome, ActionRow } from "../../model/action.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { TroupeError } from "../../model/errors.ts";
import type { ListPage } from "../../model/list-page.ts";
import { BatchedLookup } from "../lance/batched-lookup.ts";
import { type EncodedRow, encodeRow } from "../lance/codec.ts";
import { watchFolder } from "../lance/folder-watch.ts";
import { GroupCommit } from "../lance/group-commit.ts";
import { all, LIST_VALUES_MAX, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import type { Order } from "../lance/table-query.ts";
import { type ActionQuery, listActions } from "./action-pages.ts";
import type { DispatcherJournal } from "./dispatcher-journal.ts";
import { isDue, isDueLater } from "./due.ts";
import {
  byAge,
  isPendingIn,
  type LaneOptions,
  type LaneWindow,
  type PendingAction,
  type PendingKey,
  type PendingOptions,
  PendingRows,
  type PendingWindow,
  type WindowOptions,
} from "./pending-rows.ts";
import { rejectDuplicates, rejectInPlace, rejectShortened } from "./rejections.ts";
import { RequestKeys } from "./request-keys.ts";
import { updatePending } from "./update-pending.ts";
import { WaitingLookup } from "./waiting-actions.ts";

/** How an action ended. */
export interface Ack {
  readonly id: string;
  readonly outcome: ActionOutcome;
  readonly error: ErrorData | null;
  readonly attempts: number;
  readonly processed_at: number;
  /** True if the action changed nothing, so that a start must not repeat it. */
  readonly isEffectless?: boolean;
}

/** An attempt that failed and is followed by another. */
export interface Postponement {
  readonly id: string;
  readonly attempts: number;
  readonly not_before: number;
  readonly error: ErrorData | null;
}

/** Rows that may be gathered for the next append; a further append is refused. */
const ROWS_GATHERED_MAX = 50_000;

/** Milliseconds after which an append is given up; it may still be stored. */
const APPEND_DEADLINE_MS = 30_000;

function lateAppend(): TroupeError {
  const text = "the queue does not answer; the actions may still be stored";
  return new TroupeError("STORE_UNAVAILABLE", text);
}

interface Appended {
  readonly rows: readonly EncodedRow[];
  readonly isOffered: boolean;
}

const has = predicatesOf("queue");

export class QueueTable {
  readonly #table: StoredTable<"queue">;
  readonly #appends: GroupCommit<Appended>;
  readonly #pending: PendingRows;
  readonly requestKeys: Pick<RequestKeys, "find" | "announce">;
  readonly waiting: Pick<WaitingLookup, "find">;
  /** In front of the table, in the process that owns the database. */
  readonly journal: DispatcherJournal | undefined = undefined;
  readonly #lookup = new BatchedLookup((ids) => this.findAll(ids), LIST_VALUES_MAX);
  /** Folder of the table's versions; undefined on an object store. */
  readonly #versionsFolder: string | undefined;

  constructor(table: StoredTable<"queue">, versionsFolder: string | undefined) {
    this.#table = table;
    this.#pending = new PendingRows(table);
    this.requestKeys = new RequestKeys(table);
    this.waiting = new WaitingLookup(table);
    this.#versionsFolder = versionsFolder;
    this.#appends = new GroupCommit({
      name: "queue",
      flush: async (groups) => {
        const rows = groups.flatMap((group) => group.rows);
        const isUnread = groups.some(({ isOffered }) => !isOffered);
        if (this.#table.isHung) throw lateAppend();
        await withDeadline(table.append(rows, { isUnread }), APPEND_DEADLINE_MS, lateAppend);
      },
      gapMs: 0,
      weightReady: ROWS_GATHERED_MAX / 2,
      weightMax: ROWS_GATHERED_MAX,
    });
  }

  /**
   * Appends actions; resolves when they are durable. Calls during a commit share the next one. The rows
   * of one call are stored together or not at all.
   * @param isOffered true if they are offered to the dispatcher, which otherwise must poll for them
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  async append(actions: readonly ActionRow[], isOffered = false): Promise<void> {
    if (actions.length === 0) return;
    const rows = actions.map((row) => encodeRow("queue", row));
    if (this.#table.isHung) throw lateAppend();
    await this.#appends.add({ rows, isOffered }, rows.length);
  }

  /**
   * Actions that are due and not processed, oldest first. If it returns `limit` rows, there may be more.
   */
  async findPending({ now, limit }: PendingOptions): Promise<readonly PendingAction[]> {
    const rows = await this.#table.read<ActionRow & { _rowid: bigint }>({
      where: all(isPendingIn(this.#table), isDue(now)),
      order: byAge,
      limit,
      withRowId: true,
    });
    return rows.map(({ _rowid: rowId, ...row }) => ({ ...row, rowId }));
  }

  /** See {@link PendingRows.readWindow}. */
  readWindow(options: WindowOptions): Promise<PendingWindow> {
    return this.#pending.readWindow(options);
  }

  /** See {@link PendingRows.readLanes}. */
  readLanes(options: LaneOptions): Promise<LaneWindow> {
    return this.#pending.readLanes(options);
  }

  /** The pending actions of these ids, the oldest of each; others are left out. */
  async readPending(ids: readonly string[]): Promise<readonly ActionRow[]> {
    const isPending = isPendingIn(this.#table);
    const isOfIds = (part: readonly string[]) => all(has.isIn("id", part), isPending);
    const rows = await this.#table.readIn<ActionRow, string>(ids, isOfIds, { order: byAge });
    return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap(([oldest]) => oldest ?? []);
  }

  /** When the next action that is not due yet becomes due, in milliseconds since the epoch. */
  findNextDue(now: number): Promise<number | undefined> {
    const where = all(isPendingIn(this.#table), isDueLater(now));
    return this.#table.firstCell({ column: "not_before", direction: "up" }, { where });
  }

  /** Those of these ids that a processed action has. */
  async findProcessed(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const isEnded = (part: readonly string[]) =>
      all(has.isIn("id", part), has.is("processed", true));
    const columns = ["id"] as const;
    const rows = await this.#table.readIn<{ id: string }, string>(ids, isEnded, { columns });
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Marks actions as processed. Of several rows with one id only the oldest pending one is marked; the
   * others stay pending and are found as duplicates. Ids without a pending row are skipped.
   * @returns how many rows were marked.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; then it may be called again with the same entries.
   */
  ack(entries: readonly Ack[]): Promise<number> {
    return updatePending(
      this.#table,
      entries.map(({ id, outcome, error, attempts, processed_at }) =>
        encodeRow("queue", { id, processed: true, outcome, error, attempts, processed_at }),
      ),
    );
  }

  /** Stores failed attempts that are followed by another; otherwise as {@link ack}. */
  postpone(entries: readonly Postponement[]): Promise<number> {
    return updatePending(
      this.#table,
      entries.map(({ id, attempts, not_before, error }) =>
        encodeRow("queue", { id, attempts, not_before, error }),
      ),
    );
  }

  /**
   * Rejects rows that share their id with another one, by their addresses in the last result. A row that
   * has moved since, or whose id is unique, is left alone and found again.
   * @returns how many rows were rejected.
   */
  rejectDuplicates(rowIds: readonly bigint[], error: ErrorData, at: number): Promise<number> {
    return rejectDuplicates(this.#table, rowIds, { error, processed_at: at });
  }

  /** Rejects rows with a `fault`; resolves with the number of those that were still there. */
  async rejectUnfit(rows: readonly PendingKey[], error: ErrorData, at: number): Promise<number> {
    const how = { error, processed_at: at };
    const large = rows.filter((row): row is PendingAction => row.fault === "too_large");
    const others = rows.filter(({ fault }) => fault !== "too_large").map(({ rowId }) => rowId);
    const shortened = large.length === 0 ? 0 : await rejectShortened(this.#table, large, how);
    return shortened + (await rejectInPlace(this.#table, others, how));
  }

  /**
   * The action of this id; of several the processed one, else the oldest. Simultaneous lookups share a
   * query.
   */
  find(id: string): Promise<ActionRow | undefined> {
    return this.#lookup.find(id);
  }

  /** {@link find} for many ids. */
  async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, ActionRow>> {
    const isOfIds = (part: readonly string[]) => has.isIn("id", part);
    // The wanted one last, so that it stays in the map.
    const order = [{ column: "processed", direction: "up" } as const, ...byAge.map(reversed)];
    const rows = await this.#table.readIn<ActionRow, string>(ids, isOfIds, { order });
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** @throws {TroupeError} `CURSOR_INVALID`. */
  list(options: ActionQuery = {}): Promise<ListPage<ActionRow>> {
    return listActions(this.#table, options);
  }

  /** True if there was a commit since the last call whose rows were not offered, or a compaction. */
  hasForeignCommits(): Promise<boolean> {
    return this.#table.hasForeignCommits();
  }

  countPending(): Promise<number> {
    return this.#table.count(isPendingIn(this.#table));
  }

  /** When the last action ended, in milliseconds since the epoch; undefined if none has. */
  findNewest(): Promise<number | undefined> {
    const where = has.is("processed", true);
    return this.#table.firstCell({ column: "processed_at", direction: "down" }, { where });
  }

  hasExpired(before: number): Promise<boolean> {
    return this.#table.hasRow(wasProcessedBefore(before));
  }

  /** Deletes actions that were processed before `before`, in milliseconds since the epoch. */
  expire(before: number): Promise<number> {
    return this.#table.delete(wasProcessedBefore(before));
  }

  /**
   * Calls back soon after a commit to the table, by any process. Only a hint: on object stores, or if the
   * system refuses to watch, it never calls.
   */
  watch(onChange: () => void): Disposable {
    return watchFolder(this.#versionsFolder, onChange, this.#table.log);
  }

  /** Resolves once the table has all that was accepted. */
  async settle(): Promise<void> {}

  /** Resolves once all appends so far are durable or have failed; further ones are refused. */
  close(): Promise<void> {
    return this.#appends.close();
  }
}

function wasProcessedBefore(before: number): Predicate {
  return all(has.is("processed", true), has.isBelow("processed_at", Math.trunc(before)));
}

function reversed({ column, direction }: Order<"queue">): Order<"queue"> {
  return { column, direction: direction === "up" ? "down" : "up" };
}

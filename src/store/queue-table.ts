/**
 * The table `queue`: anybody appends, this process alone updates. An ack, a postponement or a
 * rejection changes only rows that are not processed yet, so that each row is processed once.
 */

import {
  type ActionOutcome,
  type ActionRow,
  asActionRow,
  type NewAction,
} from "../model/action.ts";
import type { ErrorData } from "../model/error-data.ts";
import { BatchedLookup } from "./batched-lookup.ts";
import { type EncodedRow, encodeRow } from "./codec.ts";
import { decodeCursor, type Page, type PageOptions, pageLimit, toPage } from "./cursor.ts";
import { rejectDuplicates } from "./duplicates.ts";
import { watchFolder } from "./folder-watch.ts";
import { GroupCommit } from "./group-commit.ts";
import { all, any, LIST_VALUES_MAX, type Predicate, predicatesOf } from "./predicate.ts";
import { chunks, settle } from "./settlement.ts";
import type { Order, StoredTable } from "./stored-table.ts";

export interface PendingAction extends ActionRow {
  /**
   * The row's address when it was read. Rows that share an id differ in it, but the next update or
   * compaction gives the row another one: compare it within one answer only.
   */
  readonly rowId: bigint;
}

export interface PendingOptions {
  /** Milliseconds since the epoch: actions that may not run before later are left out. */
  readonly now: number;
  /** Rows at most. */
  readonly limit: number;
  /** Ids that are in flight: left out, and not counted. */
  readonly except?: Iterable<string>;
}

/** How an action ended. */
export interface Ack {
  readonly id: string;
  readonly outcome: ActionOutcome;
  readonly error: ErrorData | null;
  readonly attempts: number;
  readonly processed_at: number;
}

/** An attempt that failed and is followed by another. */
export interface Postponement {
  readonly id: string;
  readonly attempts: number;
  readonly not_before: number;
  readonly error: ErrorData | null;
}

export interface ActionFilter extends PageOptions {
  readonly status?: "pending" | "processed";
  readonly outcome?: ActionOutcome;
  readonly agent_id?: string;
  readonly action?: string;
}

/** Rows that may be gathered for the next append; a further append is refused. */
const ROWS_GATHERED_MAX = 50_000;

const has = predicatesOf("queue");
const byAge: readonly Order<"queue">[] = [
  { column: "created_at", direction: "up" },
  { column: "id", direction: "up" },
];

export class QueueTable {
  readonly #table: StoredTable<"queue">;
  readonly #appends: GroupCommit<readonly EncodedRow[]>;
  readonly #lookup = new BatchedLookup((ids) => this.findAll(ids), LIST_VALUES_MAX);
  /** Folder of the table's versions; undefined on an object store. */
  readonly #versionsFolder: string | undefined;

  constructor(table: StoredTable<"queue">, versionsFolder: string | undefined) {
    this.#table = table;
    this.#versionsFolder = versionsFolder;
    this.#appends = new GroupCommit({
      name: "queue",
      flush: (groups) => table.append(groups.flat()),
      gapMs: 0,
      weightReady: ROWS_GATHERED_MAX / 2,
      weightMax: ROWS_GATHERED_MAX,
    });
  }

  /**
   * Appends actions; resolves when they are durable. Calls that come while a commit runs share the
   * next one. A call's rows are stored all or none.
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  async append(rows: readonly NewAction[]): Promise<void> {
    if (rows.length === 0) return;
    const encoded = rows.map((row) => encodeRow("queue", asActionRow(row)));
    await this.#appends.add(encoded, encoded.length);
  }

  /**
   * Actions that are not processed and due, oldest first: the caller orders them. When it answers
   * `limit` rows there may be more, and younger urgent ones among them: {@link findUrgentPending}.
   */
  findPending(options: PendingOptions): Promise<readonly PendingAction[]> {
    return this.#findPending(isDue(options.now), byAge, options);
  }

  /** Of the same, those that overtake: urgency above zero first, then `agent_destroy`. */
  findUrgentPending(options: PendingOptions): Promise<readonly PendingAction[]> {
    const overtakes = any(has.isAbove("urgency", 0), has.is("action", "agent_destroy"));
    const order: Order<"queue">[] = [{ column: "urgency", direction: "down" }, ...byAge];
    return this.#findPending(all(isDue(options.now), overtakes), order, options);
  }

  /** When the next action that is not due yet becomes due, in milliseconds since the epoch. */
  async findNextDue(now: number): Promise<number | undefined> {
    const [row] = await this.#table.read<{ not_before: number }>({
      where: all(has.is("processed", false), has.isAbove("not_before", now)),
      order: [{ column: "not_before", direction: "up" }],
      columns: ["not_before"],
      limit: 1,
    });
    return row?.not_before;
  }

  /** Those of `ids` under which an action was processed already. */
  async findProcessed(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const part of chunks(ids)) {
      const where = all(has.isIn("id", part), has.is("processed", true));
      const rows = await this.#table.read<{ id: string }>({ where, columns: ["id"] });
      for (const { id } of rows) found.add(id);
    }
    return found;
  }

  /**
   * Marks actions as processed. Where an id stands several times only the oldest pending row is
   * marked; the others stay pending and are found as duplicates. Ids that are processed already,
   * or gone, are passed over.
   * @returns how many rows were marked.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; then it may be called again with the same entries.
   */
  ack(entries: readonly Ack[]): Promise<number> {
    return settle(
      this.#table,
      entries.map(({ id, outcome, error, attempts, processed_at }) =>
        encodeRow("queue", { id, processed: true, outcome, error, attempts, processed_at }),
      ),
    );
  }

  /** Notes failed attempts that are followed by another; otherwise as {@link ack}. */
  postpone(entries: readonly Postponement[]): Promise<number> {
    return settle(
      this.#table,
      entries.map(({ id, attempts, not_before, error }) =>
        encodeRow("queue", { id, attempts, not_before, error }),
      ),
    );
  }

  /**
   * Rejects rows that share their id with an earlier one, by the addresses of the last
   * {@link findPending}. A row that has moved since, or whose id stands but once, is left as it is
   * and found again.
   * @returns how many rows were rejected.
   */
  rejectDuplicates(rowIds: readonly bigint[], error: ErrorData, at: number): Promise<number> {
    return rejectDuplicates(this.#table, rowIds, { error, processed_at: at });
  }

  /**
   * The action of this id; of several the processed one, else the oldest. Look-ups that come together
   * share a query.
   */
  find(id: string): Promise<ActionRow | undefined> {
    return this.#lookup.find(id);
  }

  /** Of many, by id, as {@link find}. */
  async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, ActionRow>> {
    const found = new Map<string, ActionRow>();
    for (const part of chunks(ids)) {
      const rows = await this.#table.read<ActionRow>({
        where: has.isIn("id", part),
        // The one that is wanted last, so that it is the one that stays in the map.
        order: [{ column: "processed", direction: "up" }, ...byAge.map(reversed)],
      });
      for (const row of rows) found.set(row.id, row);
    }
    return found;
  }

  /**
   * Actions, newest first. Costs a scan of ids and times: about 20 ms at 100,000 rows.
   * @throws {TroupeError} `CURSOR_INVALID`.
   */
  async list(options: ActionFilter = {}): Promise<Page<ActionRow>> {
    const limit = pageLimit(options.limit);
    const { status, outcome, agent_id, action, cursor } = options;
    const rows = await this.#table.read<ActionRow>({
      where: all(
        status && has.is("processed", status === "processed"),
        outcome && has.is("outcome", outcome),
        agent_id === undefined ? undefined : has.is("agent_id", agent_id),
        action === undefined ? undefined : has.is("action", action),
        cursor === undefined ? undefined : isOlder(cursor),
      ),
      order: [
        { column: "created_at", direction: "down" },
        { column: "id", direction: "down" },
      ],
      limit: limit + 1,
    });
    return toPage(rows, limit, (row) => [row.created_at, row.id]);
  }

  countPending(): Promise<number> {
    return this.#table.count(has.is("processed", false));
  }

  /** Deletes actions that were processed before `before`, in milliseconds since the epoch. */
  expire(before: number): Promise<number> {
    return this.#table.delete(all(has.is("processed", true), has.isBelow("processed_at", before)));
  }

  /**
   * Calls back soon after any commit to the table, by whichever process. Only a hint: on object
   * stores, or where the system refuses to watch, it never comes.
   */
  watch(onChange: () => void): Disposable {
    return watchFolder(this.#versionsFolder, onChange, this.#table.log);
  }

  /** Resolves once all appends so far are durable or have failed; further ones are refused. */
  close(): Promise<void> {
    return this.#appends.close();
  }

  async #findPending(
    where: Predicate,
    order: readonly Order<"queue">[],
    options: PendingOptions,
  ): Promise<readonly PendingAction[]> {
    const except = new Set(options.except);
    // Reading past those in flight is cheaper than a filter that names them all.
    const limit = options.limit + except.size;
    const rows = await this.#table.read<ActionRow & { _rowid: bigint }>({
      where: all(has.is("processed", false), where),
      order,
      limit,
      withRowId: true,
    });
    return rows
      .filter(({ id }) => !except.has(id))
      .slice(0, options.limit)
      .map(({ _rowid: rowId, ...row }) => ({ ...row, rowId }));
  }
}

function reversed({ column, direction }: Order<"queue">): Order<"queue"> {
  return { column, direction: direction === "up" ? "down" : "up" };
}

function isDue(now: number): Predicate {
  return any(has.isNull("not_before"), has.isAtMost("not_before", Math.trunc(now)));
}

function isOlder(cursor: string): Predicate {
  const [createdAt = 0, id = ""] = decodeCursor(cursor, ["number", "string"]);
  return any(
    has.isBelow("created_at", createdAt),
    all(has.is("created_at", createdAt), has.isBelow("id", id)),
  );
}

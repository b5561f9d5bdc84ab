/**
 * The reads of one table: plain rows from LanceDB, unlimited in number, each with a deadline. All throw
 * `STORE_UNAVAILABLE` when the table cannot be read.
 */

import type { Table } from "@lancedb/lancedb";
import { withDeadline } from "../../deadline.ts";
import { TroupeError } from "../../model/errors.ts";
import { inTimeSlices } from "../../time-slices.ts";
import type { StoreLog } from "../store-log.ts";
import { Table as ArrowTable, type RecordBatch } from "./arrow.ts";
import { fromArrow } from "./codec.ts";
import { addMissingColumns, isColumnMissing } from "./column-repair.ts";
import { type ColumnName, columnsOf, type TableName } from "./columns.ts";
import type { OwnHandle } from "./own-handle.ts";
import { chunks, type Predicate } from "./predicate.ts";
import { type Order, queryOf, type ReadOptions } from "./table-query.ts";
import type { TableRepair } from "./table-repair.ts";
import { briefCause } from "./write-queue.ts";

/** Milliseconds that a read may take. */
const READ_DEADLINE_MS = 20_000;
/**
 * Milliseconds within which a store must answer which version is the newest; otherwise it counts as
 * hung, and this is the deadline of reads until it answers.
 */
const VERSION_DEADLINE_MS = 3_000;

/** Rows decoded between two checks of the time slice: about a millisecond. */
const VISITED_AT_ONCE = 100;

/** Notified of the result of reads. */
export interface ReadObserver {
  readonly onRead: () => void;
  readonly onUnread: (error: TroupeError) => void;
  /** Called when the store hangs, and when it answers again. */
  readonly onHang: (isHung: boolean) => void;
  /** True while it hangs, for any table. */
  readonly isHung: () => boolean;
}

export interface TableReadsOptions<T extends TableName> {
  readonly name: T;
  readonly table: Table;
  readonly log: StoreLog;
  readonly observer: ReadObserver | undefined;
  readonly mender: TableRepair;
  /** Given for a table that this process alone writes. */
  readonly own?: OwnHandle | undefined;
}

export class TableReads<T extends TableName> {
  readonly name: T;
  readonly log: StoreLog;
  /** Columns that another program has dropped, and that were added again: they may be null. */
  protected readonly addedColumns = new Set<string>();
  /** Adds them; one at a time. */
  #adding: Promise<void> | undefined;
  readonly #options: TableReadsOptions<T>;
  readonly #table: Table;
  /** Reads under way. */
  readonly #reads = new Set<Promise<unknown>>();
  /** The unanswered request for the newest version: one at a time. */
  #versionRequest: Promise<number> | undefined;
  #isHung = false;
  /** The running check whether the table can be read. */
  #probing: Promise<unknown> | undefined;

  constructor(options: TableReadsOptions<T>) {
    this.name = options.name;
    this.log = options.log;
    this.#options = options;
    this.#table = options.table;
  }

  /** True while the store does not answer which version is the newest. */
  get isHung(): boolean {
    return this.#isHung;
  }

  /** Rows as plain objects, typed by the caller, which knows its columns. */
  read<Row>(options: ReadOptions<T> = {}): Promise<readonly Row[]> {
    return this.#guard(async () => {
      const result = await queryOf(this.#table, { ...options, name: this.name }).toArrow();
      const { log } = this;
      const rows = fromArrow(this.name, result, { log, isExact: options.isExact });
      return rows as unknown as readonly Row[];
    }, options.isPatient);
  }

  /**
   * {@link read} of many rows that are not needed at the same time: calls `visit` for each in short turns of
   * the event loop, and holds no more than LanceDB reads ahead. If this rejects, what `visit` was given is
   * void, and `visit` is not called again.
   */
  async visit<Row>(options: ReadOptions<T>, visit: (row: Row) => void): Promise<void> {
    let isLate = false;
    const reading = async () => {
      const { name, log } = this;
      for await (const batch of queryOf(this.#table, { ...options, name })) {
        for await (const part of inTimeSlices(slicesOf(batch), 1)) {
          if (isLate) return;
          const rows = fromArrow(name, new ArrowTable(part), { log, isExact: options.isExact });
          for (const row of rows as unknown as readonly Row[]) visit(row);
        }
      }
    };
    try {
      await this.#guard(reading, options.isPatient);
    } finally {
      isLate = true; // the read itself continues after its deadline
    }
  }

  /**
   * Rows of SQL expressions as LanceDB returns them, by name, with `_rowid`.
   * @param batchRows rows in memory at the same time, whatever their size
   */
  readRaw(
    expressions: ReadonlyMap<string, string>,
    where: Predicate,
    batchRows: number,
  ): Promise<ArrowTable> {
    return this.#guard(() => {
      const query = this.#table.query().where(where).select(new Map(expressions)).withRowId();
      return query.toArrow({ maxBatchLength: batchRows });
    });
  }

  /** {@link read} of the rows with these values, in parts: a filter takes so many values only. */
  async readIn<Row, Value>(
    values: readonly Value[],
    isIn: (part: readonly Value[]) => Predicate,
    options: Omit<ReadOptions<T>, "where"> = {},
  ): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const part of chunks(values)) {
      rows.push(...(await this.read<Row>({ ...options, where: isIn(part) })));
    }
    return rows;
  }

  /** The first cell of a column in its order; undefined if there is none, or it is null. */
  async firstCell<Cell>(
    { column, direction }: Order<T>,
    options: Pick<ReadOptions<T>, "where" | "isPatient"> = {},
  ): Promise<Cell | undefined> {
    const order = [{ column, direction }];
    const [row] = await this.read<Record<string, Cell | null>>({
      ...options,
      order,
      columns: [column],
      limit: 1,
    });
    return row?.[column] ?? undefined;
  }

  async hasRow(where: Predicate): Promise<boolean> {
    const columns = Object.keys(columnsOf(this.name)).slice(0, 1) as ColumnName<T>[];
    return (await this.read({ where, columns, limit: 1 })).length > 0;
  }

  /** Checks whether the table can be read. Never rejects. */
  async probeRead(): Promise<void> {
    this.#probing ??= this.read({ limit: 1 }).catch(() => undefined);
    await this.#probing;
    this.#probing = undefined;
  }

  count(where?: Predicate): Promise<number> {
    return this.#guard(() => this.#table.countRows(where));
  }

  stats(): Promise<{ rows: number; bytes: number; fragments: number }> {
    return this.#guard(async () => {
      const { numRows: rows, totalBytes: bytes, fragmentStats } = await this.#table.stats();
      return { rows, bytes, fragments: fragmentStats.numFragments };
    });
  }

  /** Reads every manifest: in a local folder counting files is hundreds of times cheaper. */
  countVersions(): Promise<number> {
    return this.#guard(async () => (await this.#table.listVersions()).length);
  }

  /** The request, repeated if the table lacked columns of ours, which another program has dropped. */
  protected async withColumns<R>(request: () => Promise<R>): Promise<R> {
    try {
      return await request();
    } catch (error) {
      if (!isColumnMissing(error)) throw error;
      this.#adding ??= this.#addColumns().finally(() => {
        this.#adding = undefined;
      });
      await this.#adding;
      return await request();
    }
  }

  async #addColumns(): Promise<void> {
    const columns = await addMissingColumns(this.#table, this.name);
    for (const column of columns) this.addedColumns.add(column);
    if (columns.length === 0) return;
    const text = `${this.name} lost columns to another program; they are there again, and empty`;
    this.log.warn({ table: this.name, columns }, text);
  }

  /** Reads under the deadline, and notifies the observer of the result. */
  async #guard<R>(read: () => Promise<R>, isPatient = false): Promise<R> {
    const { own } = this.#options;
    const reading = this.withColumns(() => own?.run(read) ?? read());
    this.#reads.add(reading);
    const forget = () => this.#reads.delete(reading);
    reading.then(forget, forget);
    const isHung = this.#options.observer?.isHung() === true;
    const deadlineMs = isHung ? VERSION_DEADLINE_MS : READ_DEADLINE_MS;
    try {
      const rows = await (isPatient
        ? this.#whileAnswering(reading)
        : withDeadline(reading, deadlineMs, () => this.#lateness(deadlineMs)));
      this.#options.observer?.onRead();
      return rows;
    } catch (cause) {
      this.#options.mender.search(cause);
      throw this.#unread(cause);
    }
  }

  /**
   * The newest version. One request at a time: they must not pile up in a store that does not answer.
   */
  async version(): Promise<number> {
    this.#versionRequest ??= this.#table.version().finally(() => {
      this.#versionRequest = undefined;
      this.#hang(false);
    });
    try {
      const version = await withDeadline(this.#versionRequest, VERSION_DEADLINE_MS, () => {
        this.#hang(true);
        return this.#lateness(VERSION_DEADLINE_MS);
      });
      this.#options.observer?.onRead();
      return version;
    } catch (cause) {
      throw this.#unread(cause);
    }
  }

  #hang(isHung: boolean): void {
    if (this.#isHung === isHung) return;
    this.#isHung = isHung;
    this.#options.observer?.onHang(isHung);
  }

  /** Waits any time, as long as the store answers at all. */
  async #whileAnswering<R>(reading: Promise<R>): Promise<R> {
    const late = this.#lateness(READ_DEADLINE_MS);
    for (;;) {
      try {
        return await withDeadline(reading, READ_DEADLINE_MS, () => late);
      } catch (thrown) {
        if (thrown !== late) throw thrown;
      }
      await this.version();
    }
  }

  #lateness(ms: number): TroupeError {
    const text = `${this.name} did not answer within ${ms} ms`;
    return new TroupeError("STORE_UNAVAILABLE", text, { details: { table: this.name } });
  }

  #unread(cause: unknown): TroupeError {
    const text = `${this.name} cannot be read: ${briefCause(cause)}`;
    const options = { cause, details: { table: this.name } };
    const error =
      cause instanceof TroupeError ? cause : new TroupeError("STORE_UNAVAILABLE", text, options);
    this.#options.observer?.onUnread(error);
    return error;
  }

  /** Waits for the reads under way, and for those that follow from them. */
  async drainReads(): Promise<void> {
    while (this.#reads.size > 0 || this.#versionRequest !== undefined) {
      await Promise.allSettled([...this.#reads, this.#versionRequest]);
    }
  }
}

/** They share the batch's memory. */
function slicesOf(batch: RecordBatch): readonly RecordBatch[] {
  const count = Math.ceil(batch.numRows / VISITED_AT_ONCE);
  return Array.from({ length: count }, (_, n) =>
    batch.slice(n * VISITED_AT_ONCE, (n + 1) * VISITED_AT_ONCE),
  );
}

/**
 * One LanceDB table with its declared columns: reads that return plain rows, and writes that go one
 * at a time. Each write is a commit, and each commit is counted for the janitor.
 */

import type { Table } from "@lancedb/lancedb";
import { TroupeError } from "../model/errors.ts";
import { type EncodedRow, fromArrow, toArrow } from "./codec.ts";
import type { ColumnName, TableName } from "./columns.ts";
import { ensureIndices } from "./indices.ts";
import type { StoreLog } from "./log.ts";
import { firstCharacters, type Predicate } from "./predicate.ts";
import { briefCause, type WriteJudge, WriteQueue } from "./write-queue.ts";

export interface ReadOptions<T extends TableName> {
  readonly where?: Predicate;
  readonly order?: readonly Order<T>[];
  readonly limit?: number;
  /** All of them when absent. */
  readonly columns?: readonly ColumnName<T>[];
  /** Text columns of {@link columns} of which so many characters are read, and no more. */
  readonly cut?: Readonly<Partial<Record<ColumnName<T>, number>>>;
  /** Adds `_rowid`, the row's address at this moment. */
  readonly withRowId?: boolean;
}

export interface Order<T extends TableName> {
  readonly column: ColumnName<T>;
  readonly direction: "up" | "down";
}

export interface StoredTableOptions {
  readonly log: StoreLog;
  /** Hears of every write but compaction. */
  readonly judge?: WriteJudge;
}

export class StoredTable<T extends TableName> {
  readonly name: T;
  readonly log: StoreLog;
  readonly writes: WriteQueue;
  /**
   * Appends while the table is being compacted, which takes seconds at a million rows. An append and
   * a compaction do not touch the same rows, so neither makes the other lose.
   */
  readonly #appends: WriteQueue;
  /** Compactions that run or wait for their turn. */
  #sweeps = 0;
  readonly #table: Table;
  /** Reads under way; as many as there are callers. */
  readonly #reads = new Set<Promise<unknown>>();
  /** Commits of this process so far. */
  #commits = 0;
  /** Versions that these commits made, as far as {@link hasForeignCommits} has not met them. */
  readonly #ownVersions = new Set<number>();
  /** The version at the last call of {@link hasForeignCommits}. */
  #seenVersion: number | undefined;
  /** Hears of each commit. */
  #onCommit: () => void = () => undefined;

  constructor(name: T, table: Table, { log, judge }: StoredTableOptions) {
    this.name = name;
    this.log = log;
    this.#table = table;
    const options = { name, ...(judge === undefined ? {} : { judge }) };
    this.writes = new WriteQueue(options);
    this.#appends = new WriteQueue(options);
  }

  get commits(): number {
    return this.#commits;
  }

  set onCommit(listener: () => void) {
    this.#onCommit = listener;
  }

  /**
   * Rows as plain objects, typed by the caller, who knows which columns it asked for.
   * @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read.
   */
  read<Row>(options: ReadOptions<T> = {}): Promise<readonly Row[]> {
    return this.#guard(async () => {
      const result = await this.#query(options).toArrow();
      return fromArrow(this.name, result, this.log) as unknown as readonly Row[];
    });
  }

  /** @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read. */
  count(where?: Predicate): Promise<number> {
    return this.#guard(() => this.#table.countRows(where));
  }

  /**
   * True where the table has versions since the last call that no write of this handle has made:
   * those of other processes, and of compaction. Costs a tenth of a query. The first call is true.
   * @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read.
   */
  async hasForeignCommits(): Promise<boolean> {
    const newest = await this.#guard(() => this.#table.version());
    const seen = this.#seenVersion ?? Number.NEGATIVE_INFINITY;
    this.#seenVersion = newest;
    let own = 0;
    for (const version of this.#ownVersions) {
      if (version > newest) continue;
      if (version > seen) own += 1;
      this.#ownVersions.delete(version);
    }
    return own < newest - seen;
  }

  /** @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read. */
  stats(): Promise<{ rows: number; bytes: number; fragments: number }> {
    return this.#guard(async () => {
      const { numRows: rows, totalBytes: bytes, fragmentStats } = await this.#table.stats();
      return { rows, bytes, fragments: fragmentStats.numFragments };
    });
  }

  /** Reads the manifest of each: on a local folder counting files is hundreds of times cheaper. */
  countVersions(): Promise<number> {
    return this.#guard(async () => (await this.#table.listVersions()).length);
  }

  /**
   * Appends rows that all have the same columns, in one commit.
   * @param options `isUnread` counts the commit among the foreign ones of {@link hasForeignCommits}
   */
  async append(
    rows: readonly EncodedRow[],
    options: { readonly isUnread?: boolean } = {},
  ): Promise<void> {
    if (rows.length === 0) return;
    const queue = this.#sweeps > 0 ? this.#appends : this.writes;
    await queue.run(() => this.appendNow(rows, options));
  }

  /** {@link append} for those who are inside {@link writes} already. */
  async appendNow(
    rows: readonly EncodedRow[],
    { isUnread = false }: { readonly isUnread?: boolean } = {},
  ): Promise<void> {
    if (rows.length === 0) return;
    const { version } = await this.#table.add(await toArrow(this.name, rows));
    this.#committed(isUnread ? undefined : version);
  }

  /** Replaces the columns given of the rows with these keys; absent rows are added if asked for. */
  merge(rows: readonly EncodedRow[], options: MergeOptions<T>): Promise<number> {
    return this.writes.run(() => this.mergeNow(rows, options));
  }

  /** {@link merge} for those who are inside {@link writes} already. */
  async mergeNow(rows: readonly EncodedRow[], options: MergeOptions<T>): Promise<number> {
    const { key, where, isInserting } = options;
    // LanceDB panics where it merges by an index into a table that has rows beside the index.
    let merge = this.#table.mergeInsert(key).useIndex(false);
    merge = merge.whenMatchedUpdateAll(where === undefined ? undefined : { where });
    if (isInserting) merge = merge.whenNotMatchedInsertAll();
    const result = await merge.execute(await toArrow(this.name, rows));
    const changed = result.numUpdatedRows + result.numInsertedRows;
    this.#committed(changed > 0 ? result.version : undefined);
    return changed;
  }

  /** Sets columns to SQL values built by a predicate builder's `assign`; only inside {@link writes}. */
  async updateNow(
    where: Predicate,
    values: readonly (readonly [string, string])[],
  ): Promise<number> {
    const result = await this.#table.update({ where, valuesSql: new Map(values) });
    this.#committed(result.rowsUpdated > 0 ? result.version : undefined);
    return result.rowsUpdated;
  }

  /** Deletes for good; the number of rows that went. */
  delete(where: Predicate): Promise<number> {
    return this.writes.run(async () => {
      const result = await this.#table.delete(where);
      this.#committed(result.numDeletedRows > 0 ? result.version : undefined);
      return result.numDeletedRows;
    });
  }

  /** Compacts, indexes, and removes versions older than `before`; see janitor.ts. */
  async optimize(before: Date): Promise<void> {
    this.#sweeps += 1;
    try {
      await this.writes.runAside(async () => {
        await this.#table.optimize({ cleanupOlderThan: before });
        await ensureIndices(this.#table, this.name);
      });
    } finally {
      this.#sweeps -= 1;
    }
  }

  /** Waits for the writes that were accepted and for running reads, then lets go of the table. */
  async close(): Promise<void> {
    await Promise.all([this.writes.drain(), this.#appends.drain()]);
    // LanceDB refuses to close a table that is being asked.
    await Promise.allSettled(this.#reads);
    this.#table.close();
  }

  #query(options: ReadOptions<T>) {
    const query = this.#table.query();
    if (options.where !== undefined) query.where(options.where);
    if (options.columns !== undefined) query.select(selected(options.columns, options.cut));
    if (options.withRowId === true) query.withRowId();
    if (options.limit !== undefined) query.limit(options.limit);
    if (options.order !== undefined) {
      query.orderBy(
        options.order.map(({ column, direction }) => ({
          columnName: column,
          ascending: direction === "up",
          nullsFirst: false,
        })),
      );
    }
    return query;
  }

  async #guard<R>(read: () => Promise<R>): Promise<R> {
    const reading = read();
    this.#reads.add(reading);
    try {
      return await reading;
    } catch (cause) {
      throw new TroupeError(
        "STORE_UNAVAILABLE",
        `${this.name} cannot be read: ${briefCause(cause)}`,
        { cause, details: { table: this.name } },
      );
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** @param version undefined where nothing matched: then the newest version may be another's. */
  #committed(version: number | undefined): void {
    this.#commits++;
    if (version !== undefined && this.#seenVersion !== undefined) this.#ownVersions.add(version);
    this.#onCommit();
  }
}

interface MergeOptions<T extends TableName> {
  readonly key: ColumnName<T>;
  /** Which of the rows found may be changed: SQL over `target.<column>` and `source.<column>`. */
  readonly where?: string;
  readonly isInserting: boolean;
}

/** What is read of each column, as SQL. */
function selected<N extends string>(
  columns: readonly N[],
  cut: Readonly<Partial<Record<N, number>>> | undefined,
): Map<string, string> {
  return new Map(
    columns.map((name) => {
      const characters = cut?.[name];
      return [name, characters === undefined ? name : firstCharacters(name, characters)];
    }),
  );
}

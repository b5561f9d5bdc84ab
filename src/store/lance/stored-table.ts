/**
 * One LanceDB table with its declared columns: reads return plain rows; writes run one at a time, except
 * appends during a compaction. Each write is a commit, and each commit is counted for the janitor.
 */

import type { Table } from "@lancedb/lancedb";
import { waitAtMost } from "../../deadline.ts";
import type { StoreLog } from "../store-log.ts";
import { type EncodedRow, toArrow } from "./codec.ts";
import { isColumnLacking, makeForeignNullable } from "./column-repair.ts";
import type { ColumnName, TableName } from "./columns.ts";
import { Compaction } from "./compaction.ts";
import { DiskSync } from "./disk-sync.ts";
import type { SetAside } from "./fragment-quarantine.ts";
import type { OwnHandle } from "./own-handle.ts";
import { OwnVersions } from "./own-versions.ts";
import type { OwnWriter } from "./own-writer.ts";
import { all, any, type Predicate, rowIdIn, smallerParts } from "./predicate.ts";
import { type ReadObserver, TableReads } from "./table-reads.ts";
import { TableRepair } from "./table-repair.ts";
import { type WriteObserver, WriteQueue } from "./write-queue.ts";

export interface StoredTableOptions {
  readonly log: StoreLog;
  /** The database's folder; undefined on an object store. */
  readonly folder: string | undefined;
  /** Notified of every write except compaction, and of reads. */
  readonly observer?: TableObserver | undefined;
  /** Given for a table of an object store that this process alone writes. */
  readonly own?: OwnHandle | undefined;
  /** Given for a table of a folder that this process alone writes. Closed with the table. */
  readonly writer?: OwnWriter | undefined;
  /** As {@link CompactionOptions.openAlone}. */
  readonly openAlone?: (() => Promise<Table>) | undefined;
  /** Only in the process that owns the database. */
  readonly quarantine?: ((met: unknown) => Promise<SetAside>) | undefined;
  /** Columns that may be null in this table, whatever they declare. */
  readonly nullable?: ReadonlySet<string>;
}

export interface TableObserver extends WriteObserver, ReadObserver {
  /** Called directly before each commit, which waits for the promise. Rejects with `DATABASE_LOST`. */
  readonly admit?: () => Promise<void> | undefined;
  readonly onSetAside: (found: SetAside) => void;
}

type Values = readonly (readonly [string, string])[];

/** Milliseconds that a close waits for the disk. */
const SYNC_AT_CLOSE_MS = 2_000;

export class StoredTable<T extends TableName> extends TableReads<T> {
  readonly writes: WriteQueue;
  /**
   * Appends during a compaction, which takes seconds at a million rows. An append and a compaction touch
   * different rows, so neither makes the other fail.
   */
  readonly #appends: WriteQueue;
  readonly #compaction: Compaction;
  readonly #table: Table;
  /** The handle that adds and changes rows. */
  readonly #written: Table;
  readonly #writer: OwnWriter | undefined;
  #commits = 0;
  readonly #own = new OwnVersions();
  #onCommit: () => void = () => undefined;
  readonly #mender: TableRepair;
  readonly #nullable: ReadonlySet<string>;
  readonly #disk: DiskSync;
  readonly #isOwned: boolean;
  readonly #observer: TableObserver | undefined;
  readonly #handle: OwnHandle | undefined;

  constructor(name: T, table: Table, options: StoredTableOptions) {
    const { log, folder, observer, quarantine, nullable, own, writer, openAlone } = options;
    const disk = new DiskSync(name, folder);
    const queued = { name, observer, onEnded: () => disk.changed() };
    const writes = new WriteQueue(queued);
    const onSetAside = (found: SetAside) => observer?.onSetAside(found);
    const mender = new TableRepair({ name, log, writes, quarantine, onSetAside });
    super({ name, table, log, observer, mender, own });
    this.#handle = own;
    this.#table = table;
    this.#writer = writer;
    this.#written = writer?.table ?? table;
    this.#nullable = nullable ?? new Set();
    this.#disk = disk;
    this.#isOwned = quarantine !== undefined;
    this.#observer = observer;
    this.writes = writes;
    this.#appends = new WriteQueue(queued);
    this.#mender = mender;
    this.#compaction = new Compaction({
      name,
      table,
      writes,
      commit: (write) => this.#commitBeside(write),
      sync: () => this.sync(),
      openAlone,
    });
  }

  mayBeNull(column: ColumnName<T>): boolean {
    return this.#nullable.has(column) || this.addedColumns.has(column);
  }

  /** Commits of this process so far. */
  get commits(): number {
    return this.#commits;
  }

  /** Called with each commit. */
  set onCommit(listener: () => void) {
    this.#onCommit = listener;
  }

  /**
   * True if the table has versions since the last call that no write of this handle made: those of other
   * processes and of compaction. Costs a tenth of a query. The first call returns true.
   * @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read.
   */
  async hasForeignCommits(): Promise<boolean> {
    const newest = await this.version();
    return await this.#own.hasForeign(newest, this.writes.waiting + this.#appends.waiting > 0);
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
    const queue = this.#compaction.isRunning ? this.#appends : this.writes;
    await queue.run(() => this.appendNow(rows, options));
  }

  /** {@link append} for callers inside {@link writes}. */
  async appendNow(
    rows: readonly EncodedRow[],
    { isUnread = false }: { readonly isUnread?: boolean } = {},
  ): Promise<void> {
    if (rows.length === 0) return;
    const source = await toArrow(this.name, rows);
    const { version } = await this.#insert(() => this.#written.add(source));
    this.#committed(isUnread ? undefined : version);
  }

  /** Replaces the given columns of the rows with these keys, and may insert rows with new keys. */
  merge(rows: readonly EncodedRow[], options: MergeOptions<T>): Promise<number> {
    return this.writes.run(() => this.mergeNow(rows, options));
  }

  /** {@link merge} for callers inside {@link writes}. */
  async mergeNow(rows: readonly EncodedRow[], options: MergeOptions<T>): Promise<number> {
    // LanceDB refuses an empty merge.
    if (rows.length === 0) return 0;
    const { key, where, insertMissing } = options;
    // LanceDB panics if it merges by an index into a table with rows outside the index.
    let merge = this.#written.mergeInsert(key).useIndex(false);
    merge = merge.whenMatchedUpdateAll(where === undefined ? undefined : { where });
    if (insertMissing) merge = merge.whenNotMatchedInsertAll();
    const source = await toArrow(this.name, rows);
    const result = await this.#insert(() => merge.execute(source));
    const changed = result.numUpdatedRows + result.numInsertedRows;
    this.#committed(changed > 0 ? result.version : undefined);
    return changed;
  }

  /**
   * Sets columns of the rows at these addresses that match `where` to SQL values from a predicate
   * builder's `assign`; only inside {@link writes}.
   */
  async updateNow(rowIds: readonly bigint[], where: Predicate, values: Values): Promise<number> {
    try {
      return await this.#update(all(rowIdIn(rowIds), where), values);
    } catch (error) {
      // LanceDB needs the replaced rows in the order of their addresses, but reads fragments, and batches of
      // a large one, concurrently: one may overtake another. Then it has stored nothing.
      if (!isOutOfOrder(error) || rowIds.length === 1) throw error;
    }
    let updated = 0;
    for (const part of smallerParts(rowIds)) updated += await this.updateNow(part, where, values);
    return updated;
  }

  async #update(where: Predicate, values: Values): Promise<number> {
    const update = { where, valuesSql: new Map(values) };
    const result = await this.#commit(() => this.#written.update(update));
    this.#committed(result.rowsUpdated > 0 ? result.version : undefined);
    return result.rowsUpdated;
  }

  /** Returns the number of deleted rows. */
  delete(where: Predicate): Promise<number> {
    return this.writes.run(() => this.deleteNow(where));
  }

  /** {@link delete} for callers inside {@link writes}. */
  async deleteNow(where: Predicate): Promise<number> {
    const result = await this.#commit(() => this.#written.delete(where));
    this.#committed(result.numDeletedRows > 0 ? result.version : undefined);
    return result.numDeletedRows;
  }

  /** Checks whether the table accepts writes, by one that changes nothing. Never rejects. */
  async probe(): Promise<void> {
    if (this.writes.waiting === 0) await this.delete(any()).catch(() => undefined);
  }

  /**
   * Resolves once every commit of this handle so far, and of its predecessors, would survive a power
   * cut. Simultaneous callers share the work; without new commits there is none.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if the disk refuses.
   */
  sync(): Promise<void> {
    return this.#disk.sync();
  }

  /** Compacts, indexes, and removes old versions: as {@link Compaction.run}. */
  optimize(before: Date): ReturnType<Compaction["run"]> {
    return this.#compaction.run(before);
  }

  /** Waits for accepted writes and running reads, then closes the table. */
  async close(): Promise<void> {
    await this.#mender.drain();
    await Promise.all([this.writes.drain(), this.#appends.drain()]);
    // What has ended in order needs no repair after a power cut.
    const synced = this.#isOwned ? this.sync().catch(() => undefined) : Promise.resolve();
    await waitAtMost(synced, SYNC_AT_CLOSE_MS);
    // LanceDB refuses to close a table during a read.
    await this.drainReads();
    this.#table.close();
    this.#writer?.table.close();
  }

  /** Commits rows, also if the table has columns of other programs. */
  async #insert<R>(write: () => Promise<R>): Promise<R> {
    try {
      return await this.#commit(write);
    } catch (error) {
      if (!isColumnLacking(error)) throw error;
      const columns = await this.#commit(() => makeForeignNullable(this.#written, this.name));
      if (columns.length === 0) throw error;
      this.#committed(undefined);
      this.log.warn({ table: this.name, columns }, "another program's columns are nullable now");
      return await this.#commit(write);
    }
  }

  /** Commits what the handle {@link #written} stores. */
  #commit<R>(write: () => Promise<R>): Promise<R> {
    const writer = this.#writer;
    if (writer === undefined) return this.#commitBeside(write);
    const admit = () => this.#observer?.admit?.();
    return this.#mender.watch(this.withColumns(() => writer.run(admit, write)));
  }

  /** Commits next to what the writer stores. */
  async #commitBeside<R>(write: () => Promise<R>): Promise<R> {
    await this.#observer?.admit?.();
    return await this.#mender.watch(this.withColumns(() => this.#handle?.run(write) ?? write()));
  }

  /** @param version undefined if the commit counts as foreign, or changed nothing */
  #committed(version: number | undefined): void {
    this.#commits++;
    this.#disk.changed();
    this.#own.committed(version);
    this.#onCommit();
  }
}

interface MergeOptions<T extends TableName> {
  readonly key: ColumnName<T>;
  /** Which matching rows may be changed: SQL over `target.<column>` and `source.<column>`. */
  readonly where?: string;
  readonly insertMissing: boolean;
}

function isOutOfOrder(error: unknown): boolean {
  return error instanceof Error && /integers are ordered up to/.test(error.message);
}

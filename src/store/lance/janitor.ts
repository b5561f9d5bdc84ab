/**
 * Keeps a table from rotting: compacts its fragments and removes old versions, within the table's
 * write queue, because an optimize beside an update makes one of them lose.
 */

import type { StoreLog } from "../store-log.ts";
import type { TableName } from "./columns.ts";

export interface JanitorLimits {
  /**
   * Commits after which a table is compacted. Every read pays for each commit since; the queue's most
   * of all, because rows of other processes wait for a read (`bench/dispatch-latency.ts`).
   */
  readonly commitsMax: Readonly<Record<TableName, number>>;
  /**
   * Milliseconds that a version stays after it was replaced: how long one read may take, here or in
   * another process, since a reader holds the version it began with. Writers with a stale handle
   * need no old version. Longer makes each sweep slower, which reads every version that is left.
   */
  readonly versionsKeptMs: number;
  /** Milliseconds after which a table with any commit is swept, however few. */
  readonly ageMs: number;
  /** Largest share of the time that may go to compaction: big tables are swept less often. */
  readonly shareMax: number;
}

export const JANITOR_LIMITS: JanitorLimits = {
  commitsMax: { queue: 16, agent_state: 64, agent_steps: 200, agents_config: 200 },
  versionsKeptMs: 20_000,
  ageMs: 120_000,
  shareMax: 0.1,
};

/** What the janitor needs of a table. */
export interface CompactedTable {
  readonly name: TableName;
  readonly commits: number;
  set onCommit(listener: () => void);
  optimize(before: Date): Promise<void>;
}

/** Why a table was not compacted. */
interface Fault {
  readonly thrown: unknown;
}

interface TableState {
  readonly table: CompactedTable;
  readonly commitsMax: number;
  /** Commits as they were when the last sweep began. */
  commitsCompacted: number;
  /** Versions wait to become old enough to be removed. */
  hasOldVersions: boolean;
  /** Time before which it is not swept again, on performance.now()'s clock. */
  notBefore: number;
  /** Resolves with why it failed. */
  running: Promise<Fault | undefined> | undefined;
  /** When the last sweep that succeeded ended, in milliseconds since the epoch. */
  compactedAt: number | null;
}

export class Janitor implements AsyncDisposable {
  readonly #limits: JanitorLimits;
  readonly #log: StoreLog;
  readonly #tables: readonly TableState[];
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(tables: readonly CompactedTable[], limits: JanitorLimits, log: StoreLog) {
    this.#limits = limits;
    this.#log = log;
    this.#tables = tables.map((table) => this.#register(table));
    this.#timer = setInterval(() => this.#compactDue(), limits.ageMs);
    this.#timer.unref();
  }

  /**
   * Sweeps all tables now, whatever their age; one that is being swept is not swept again.
   * @throws {TroupeError} `STORE_UNAVAILABLE` or `DATABASE_LOST`, once all have ended.
   */
  async compact(): Promise<void> {
    const ends = await Promise.all(this.#tables.map((duty) => this.#compactTable(duty)));
    // Versions that are too young to go now go with the next sweep by age.
    for (const duty of this.#tables) duty.hasOldVersions = true;
    const fault = ends.find((end) => end !== undefined);
    if (fault !== undefined) throw fault.thrown;
  }

  /** When the table was compacted last, in milliseconds since the epoch; null: not by this janitor. */
  compactedAt(name: TableName): number | null {
    return this.#tables.find(({ table }) => table.name === name)?.compactedAt ?? null;
  }

  /** Waits for running sweeps; begins no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#tables.map(({ running }) => running));
  }

  #register(table: CompactedTable): TableState {
    const duty: TableState = {
      table,
      commitsMax: this.#limits.commitsMax[table.name],
      commitsCompacted: table.commits,
      hasOldVersions: false,
      notBefore: Number.NEGATIVE_INFINITY,
      running: undefined,
      compactedAt: null,
    };
    table.onCommit = () => this.#committed(duty);
    return duty;
  }

  #committed(duty: TableState): void {
    if (duty.table.commits - duty.commitsCompacted < duty.commitsMax) return;
    if (performance.now() >= duty.notBefore) void this.#compactTable(duty);
  }

  #compactDue(): void {
    for (const duty of this.#tables) {
      const isIdle = duty.table.commits === duty.commitsCompacted && !duty.hasOldVersions;
      if (!isIdle && performance.now() >= duty.notBefore) void this.#compactTable(duty);
    }
  }

  /** Never rejects. */
  #compactTable(duty: TableState): Promise<Fault | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    duty.running ??= this.#optimize(duty).finally(() => {
      duty.running = undefined;
    });
    return duty.running;
  }

  async #optimize(duty: TableState): Promise<Fault | undefined> {
    const { table } = duty;
    let fault: Fault | undefined;
    const begun = performance.now();
    const commits = table.commits - duty.commitsCompacted;
    duty.hasOldVersions = commits > 0;
    duty.commitsCompacted = table.commits;
    try {
      await table.optimize(new Date(Date.now() - this.#limits.versionsKeptMs));
      duty.compactedAt = Date.now();
      const tookMs = Math.round(performance.now() - begun);
      this.#log.debug({ table: table.name, commits, tookMs }, "table compacted");
    } catch (error) {
      // Nothing is lost by it; the next trigger tries again.
      duty.hasOldVersions = true;
      fault = { thrown: error };
      this.#log.warn({ table: table.name, err: error }, "compaction failed; tried again later");
    }
    const tookMs = performance.now() - begun;
    duty.notBefore = performance.now() + tookMs / this.#limits.shareMax - tookMs;
    return fault;
  }
}

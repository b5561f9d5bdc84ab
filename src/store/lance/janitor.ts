/**
 * The janitor: compacts the tables' fragments and removes old versions. It works within the write
 * queue of each table: if an optimize and an update run at the same time, one of them fails.
 */

import type { StoreLog } from "../store-log.ts";
import type { TableName } from "./columns.ts";

export interface JanitorLimits {
  /**
   * Commits after which a table is compacted, because each commit makes every read slower. Fewest
   * for the queue, because rows of other processes wait for a read (`bench/dispatch-latency.ts`).
   */
  readonly commitsMax: Readonly<Record<TableName, number>>;
  /**
   * Milliseconds that a version stays after it was replaced: how long one read may take, here or in
   * another process, since a reader holds the version it began with. Writers with a stale handle need no
   * old version. A longer time makes each compaction slower, because it reads every version left.
   */
  readonly versionsKeptMs: number;
  /** Milliseconds after which a table with any commit is compacted. */
  readonly ageMs: number;
  /** Largest share of the time for compaction: big tables are compacted less often. */
  readonly shareMax: number;
}

/**
 * A table with so many times {@link JanitorLimits.commitsMax} is compacted for up to half of the time.
 * Otherwise a slow disk, or a machine without processor time to spare, would never catch up: the more
 * commits, the longer the compaction, and the longer the rest after it.
 */
const BACKLOG = 4;

/**
 * Average from which a start does not compact what earlier processes left: there is little to gain from fewer
 * files, and their actions would wait until gigabytes were written again.
 */
const LARGE_FRAGMENT_BYTES = 32 * 1024 * 1024;

export const JANITOR_LIMITS: JanitorLimits = {
  commitsMax: {
    queue: 16,
    agent_state: 64,
    agent_steps: 200,
    agent_effects: 200,
    agents_config: 200,
    supervisors: 200,
  },
  versionsKeptMs: 20_000,
  ageMs: 120_000,
  shareMax: 0.1,
};

/** The part of a table that the janitor uses. */
export interface CompactedTable {
  readonly name: TableName;
  readonly commits: number;
  set onCommit(listener: () => void);
  /** @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read. */
  stats(): Promise<{ readonly fragments: number; readonly bytes: number }>;
  /** Resolves once the table is compacted; `removed` once the versions replaced before then are gone. */
  optimize(before: Date): Promise<{ readonly removed: Promise<void> }>;
}

/** Why a table was not compacted. */
interface Fault {
  readonly thrown: unknown;
}

interface TableState {
  readonly table: CompactedTable;
  readonly commitsMax: number;
  /** The table's commits when the last compaction began. */
  commitsCompacted: number;
  /**
   * Fragments that earlier processes left. They count like commits: otherwise a table would never be
   * compacted whose processes all end, or are killed, before they have made enough.
   */
  fragmentsLeft: number;
  /** True while versions wait to be old enough for removal. */
  hasOldVersions: boolean;
  /** When its last compaction ended, on the clock of `performance.now()`, and the milliseconds it took. */
  endedAt: number;
  tookMs: number;
  /** The compaction under way; resolves with why it failed. */
  running: Promise<Fault | undefined> | undefined;
  /** The last removal of old versions, which a compaction has started; resolves with why it failed. */
  removal: Promise<Fault | undefined> | undefined;
  /** When the last successful compaction ended, in milliseconds since the epoch. */
  compactedAt: number | null;
}

export class Janitor implements AsyncDisposable {
  readonly #limits: JanitorLimits;
  readonly #log: StoreLog;
  readonly #tables: readonly TableState[];
  readonly #timer: NodeJS.Timeout;
  readonly #counting: Promise<unknown>;
  #isClosed = false;

  constructor(tables: readonly CompactedTable[], limits: JanitorLimits, log: StoreLog) {
    this.#limits = limits;
    this.#log = log;
    this.#tables = tables.map((table) => this.#register(table));
    this.#counting = Promise.all(this.#tables.map((state) => this.#countLeft(state)));
    this.#timer = setInterval(() => this.#compactDue(), limits.ageMs);
    this.#timer.unref();
  }

  /**
   * Compacts all tables now; for one that is being compacted it waits.
   * @throws {TroupeError} `STORE_UNAVAILABLE` or `DATABASE_LOST`, once all have ended.
   */
  async compact(): Promise<void> {
    const ends = await Promise.all(this.#tables.map((state) => this.#compactTable(state)));
    // Versions that are too young now are removed by the next compaction by age.
    for (const state of this.#tables) state.hasOldVersions = true;
    const removals = await Promise.all(this.#tables.map(({ removal }) => removal));
    const fault = [...ends, ...removals].find((end) => end !== undefined);
    if (fault !== undefined) throw fault.thrown;
  }

  /** When this janitor compacted the table last, in milliseconds since the epoch; null: never. */
  compactedAt(name: TableName): number | null {
    return this.#tables.find(({ table }) => table.name === name)?.compactedAt ?? null;
  }

  /** Starts no further compaction and waits for running ones, not for removals: the next one does the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#counting;
    await Promise.all(this.#tables.map(({ running }) => running));
  }

  #register(table: CompactedTable): TableState {
    const state: TableState = {
      table,
      commitsMax: this.#limits.commitsMax[table.name],
      commitsCompacted: table.commits,
      fragmentsLeft: 0,
      hasOldVersions: false,
      endedAt: Number.NEGATIVE_INFINITY,
      tookMs: 0,
      running: undefined,
      removal: undefined,
      compactedAt: null,
    };
    table.onCommit = () => this.#committed(state);
    return state;
  }

  async #countLeft(state: TableState): Promise<void> {
    // A table that cannot be read is reported by its readers.
    const { fragments, bytes } = await state.table
      .stats()
      .catch(() => ({ fragments: 0, bytes: 0 }));
    if (state.compactedAt !== null || bytes > fragments * LARGE_FRAGMENT_BYTES) return;
    state.fragmentsLeft = fragments;
    this.#committed(state);
  }

  #committed(state: TableState): void {
    if (backlogOf(state) < state.commitsMax) return;
    if (this.#hasRested(state)) void this.#compactTable(state);
  }

  #hasRested(state: TableState): boolean {
    const { commitsMax, endedAt, tookMs } = state;
    const isBehind = backlogOf(state) >= BACKLOG * commitsMax;
    const share = isBehind ? Math.max(0.5, this.#limits.shareMax) : this.#limits.shareMax;
    return performance.now() - endedAt >= tookMs / share - tookMs;
  }

  #compactDue(): void {
    for (const state of this.#tables) {
      const isIdle = state.table.commits === state.commitsCompacted && !state.hasOldVersions;
      if (!isIdle && this.#hasRested(state)) void this.#compactTable(state);
    }
  }

  /** Never rejects. */
  #compactTable(state: TableState): Promise<Fault | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    state.running ??= this.#optimize(state).finally(() => {
      state.running = undefined;
    });
    return state.running;
  }

  async #optimize(state: TableState): Promise<Fault | undefined> {
    const { table } = state;
    let fault: Fault | undefined;
    const begun = performance.now();
    const { fragmentsLeft } = state;
    const commits = table.commits - state.commitsCompacted;
    state.hasOldVersions = commits + fragmentsLeft > 0;
    state.commitsCompacted = table.commits;
    state.fragmentsLeft = 0;
    try {
      const before = new Date(Date.now() - this.#limits.versionsKeptMs);
      const { removed } = await table.optimize(before);
      state.removal = removed.then(
        () => undefined,
        (error: unknown) => this.#failed(state, error),
      );
      state.compactedAt = Date.now();
      const tookMs = Math.round(performance.now() - begun);
      this.#log.debug({ table: table.name, commits, fragmentsLeft, tookMs }, "table compacted");
    } catch (error) {
      fault = this.#failed(state, error);
    }
    state.endedAt = performance.now();
    state.tookMs = state.endedAt - begun;
    return fault;
  }

  /** Nothing is lost; the next trigger tries again. */
  #failed(state: TableState, error: unknown): Fault {
    state.hasOldVersions = true;
    this.#log.warn({ table: state.table.name, err: error }, "compaction failed; retried later");
    return { thrown: error };
  }
}

function backlogOf({ table, commitsCompacted, fragmentsLeft }: TableState): number {
  return table.commits - commitsCompacted + fragmentsLeft;
}

/** The database for the rest of Troupe: its tables, opened and closed together. */

import type { TableStats } from "../model/agent-view.ts";
import type { TroupeError } from "../model/errors.ts";
import { probeFaulty } from "./fault-probe.ts";
import type { JournalFigures } from "./journal/action-journal.ts";
import { checkJournalFile } from "./journal/check-journal.ts";
import {
  makeEffects,
  makeQueue,
  openJournal,
  type JournaledParts as Parts,
} from "./journaled-tables.ts";
import type { TableName } from "./lance/columns.ts";
import type { SetAside } from "./lance/fragment-quarantine.ts";
import { Janitor } from "./lance/janitor.ts";
import type { Health } from "./lance/store-health.ts";
import { measureTable } from "./lance/table-stats.ts";
import {
  type AnyTable,
  abandon,
  closeConnections,
  listTables,
  type OpenTables,
  openTables,
} from "./open-tables.ts";
import type { Fence } from "./ownership/fence.ts";
import { localFolder } from "./ownership/location.ts";
import { watchOwnership } from "./ownership/ownership.ts";
import { type StoreLog, silentLog } from "./store-log.ts";
import type { StoreOptions } from "./store-options.ts";
import { paceOf, type StorePace } from "./store-pace.ts";
import { AgentTable } from "./tables/agent-table.ts";
import { ConfigTable } from "./tables/config-table.ts";
import type { EffectTable } from "./tables/effect-table.ts";
import { FleetSteps } from "./tables/fleet-steps.ts";
import { HistoryClock } from "./tables/history-clock.ts";
import type { QueueTable } from "./tables/queue-table.ts";
import { Retention } from "./tables/retention.ts";
import { StepTable } from "./tables/step-table.ts";
import type { SupervisorTable } from "./tables/supervisor-table.ts";

export type { StoreOptions } from "./store-options.ts";

/** The table of claims is there once a process has claimed the database. */
export type ByTable<T> = Readonly<Record<Exclude<TableName, "supervisors">, T>> & {
  readonly supervisors?: T;
};

export interface Store extends AsyncDisposable {
  readonly location: string;
  /** The database's own, see lance/database-marks.ts. */
  readonly id: string;
  readonly pace: StorePace;
  /** The number of this start of the process; 0 in a process that has not claimed the database. */
  readonly epoch: number;
  readonly queue: QueueTable;
  /** The table `agent_state`. */
  readonly agents: AgentTable;
  /** The table `agent_steps`. */
  readonly steps: StepTable;
  /** The steps of all agents in a time. */
  readonly fleetSteps: FleetSteps;
  /** The table `agent_effects`. */
  readonly effects: EffectTable;
  /** The table `agents_config`. */
  readonly configs: ConfigTable;
  readonly supervisors: SupervisorTable;
  /** Whether the tables accept writes now. */
  readonly health: Health;
  /** Unreadable rows removed from the tables since the start. */
  readonly setAside: SetAside;
  /** Figures of the journal; undefined in a process without one. */
  readonly journal: JournalFigures | undefined;
  /** Commits of this process so far. */
  readonly commits: ByTable<number>;
  /**
   * The size of the tables. Takes some milliseconds off the main thread.
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  stats(): Promise<ByTable<TableStats>>;
  /** Resolves with the reason once another process has taken over; nothing is written from then on. */
  readonly lost: Promise<TroupeError>;
  /** The process is ending: after `ms` milliseconds, failed writes are no longer retried. */
  stopRetryingAfter(ms: number): void;
  /** Somebody else has written: checks the claim now, without waiting. */
  ring(): void;
  /**
   * Resolves once it is known whether the store answers. Costs a request only on an object store, and only
   * if none has been answered for a while.
   */
  refreshHealth(): Promise<void>;
  /** Refuses all further writes: another process has the database. */
  fence(reason: TroupeError): void;
  /**
   * Compacts all tables now. Does nothing in a process without a janitor.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if one of them was not compacted, `DATABASE_LOST`.
   */
  compact(): Promise<void>;
  /** Stores accepted rows, then closes; later ones are refused. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens the database, makes missing tables and adds columns to older ones.
 * @throws {TroupeError} `DATABASE_UNUSABLE`, which names location and cause; `DATABASE_NEWER` if its
 * layout is of a newer Troupe; `SHARD_MISMATCH`, `JOURNAL_DAMAGED`,
 * `JOURNAL_MISMATCH`; `DATABASE_LOCKED` if it is claimed and
 * another process has it; `STORE_UNAVAILABLE` if the disk refuses a sync.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  // Before the claim: nothing is written if it is refused.
  if (options.journal !== undefined) checkJournalFile(options.journal.folder);
  const opened = await openTables(options);
  try {
    const journal = await openJournal(options, opened);
    return assemble({ ...opened, journal }, options);
  } catch (error) {
    await abandon(opened);
    throw error;
  }
}

/** Milliseconds for which an answer of the store shows that it answers. */
const HEALTH_MS = 2_000;

/** Milliseconds that failed writes are retried while the store is being closed. */
const PATIENCE_AT_CLOSE_MS = 5_000;

function assemble(parts: Parts, options: StoreOptions): Store {
  const { health, fence, journal, tables } = parts;
  const { location, log = silentLog } = options;
  const [all, pace] = [listTables(tables), paceOf(location)];
  const writers = makeWriters(parts, options, pace);
  const janitor = options.janitor && new Janitor(all, { ...pace.janitor, ...options.janitor }, log);
  const probes = janitor && probeFaulty({ health, tables: all, journal });
  const retention = startRetention(writers, options);
  const watch = watchClaim(fence, log, pace.claimMs);
  const close = once(async () => {
    probes?.[Symbol.dispose]();
    await retention?.[Symbol.asyncDispose]();
    await closeWriters(writers);
    await journal?.close();
    await janitor?.[Symbol.asyncDispose]();
    await watch[Symbol.asyncDispose]();
    await closeTables(parts);
  });
  return {
    location,
    id: parts.id,
    pace,
    epoch: fence.claim?.epoch ?? 0,
    ...writers,
    fleetSteps: new FleetSteps({ ...tables, findEpoch: () => findEpoch(parts) }),
    configs: new ConfigTable(tables.configs),
    supervisors: parts.claims,
    get health() {
      return health.current;
    },
    get setAside() {
      return health.setAside;
    },
    get journal() {
      return journal?.figures;
    },
    get commits() {
      return countCommits(all);
    },
    stats: () => writers.queue.settle().then(() => readStats(all, localFolder(location), janitor)),
    lost: fence.lost,
    stopRetryingAfter: (ms) => stopRetrying(writers, ms),
    ...checksOf(fence),
    fence: fence.close,
    compact: async () => janitor?.compact(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Writers = Pick<Store, "queue" | "agents" | "steps" | "effects">;

function makeWriters(parts: Parts, options: StoreOptions, pace: StorePace): Writers {
  const { tables, fence } = parts;
  const steps = new StepTable(tables.steps, () => findEpoch(parts));
  const effects = makeEffects(parts, options, pace);
  const agents = new AgentTable(tables.agents, { pace, steps, effects, onLost: fence.close });
  effects.openTurns = () => agents.findOpenTurns();
  return { queue: makeQueue(parts, options), agents, steps, effects };
}

/** Of the newest claim. */
async function findEpoch({ fence, claims }: OpenTables): Promise<number> {
  return fence.claim?.epoch ?? (await claims.find()).epoch;
}

function stopRetrying({ agents, effects }: Writers, ms: number): void {
  agents.stopRetryingAfter(ms);
  effects.stopRetryingAfter(ms);
}

async function closeWriters(writers: Writers): Promise<void> {
  const { queue, agents, effects } = writers;
  stopRetrying(writers, PATIENCE_AT_CLOSE_MS);
  await Promise.all([queue.close(), agents.close().then(() => effects.close())]);
}

/** Neither rejects: a check that fails counts among the faults, and a lost claim ends the process. */
function checksOf({ claim, confirm }: Fence): Pick<Store, "ring" | "refreshHealth"> {
  return {
    ring: () => void confirm().catch(() => undefined),
    refreshHealth: async () => claim?.keepFresh(HEALTH_MS).catch(() => undefined),
  };
}

async function closeTables({ tables, claims, connections }: OpenTables): Promise<void> {
  const others = listTables(tables).filter(({ name }) => name !== "supervisors");
  await Promise.all([...others, claims].map((table) => table.close()));
  closeConnections(connections);
}

/** Until it is disposed of, which releases the claim. */
function watchClaim({ claim, close }: Fence, log: StoreLog, restMs: number): AsyncDisposable {
  const watch = claim && watchOwnership(claim, { log, onLost: close, restMs });
  return {
    [Symbol.asyncDispose]: async () => {
      watch?.[Symbol.dispose]();
      await claim?.release();
    },
  };
}

/** Runs once, however often it is called. */
function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}

function startRetention(
  { queue, steps, effects }: Writers,
  { location, keptMs, log = silentLog }: StoreOptions,
): Retention | undefined {
  if (keptMs === undefined) return undefined;
  const findNewest = async () => {
    const times = await Promise.all([queue.findNewest(), steps.findNewest()]);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const clock = new HistoryClock({ folder: localFolder(location), findNewest });
  const tables = { queue, steps, effects };
  return new Retention({ tables, keptMs, log, readTime: () => clock.read() });
}

function countCommits(tables: readonly AnyTable[]): ByTable<number> {
  const entries = tables.map(({ name, commits }) => [name, commits]);
  return Object.fromEntries(entries) as ByTable<number>;
}

async function readStats(
  tables: readonly AnyTable[],
  folder: string | undefined,
  janitor: Janitor | undefined,
): Promise<ByTable<TableStats>> {
  const stats = tables.map(async (table) => {
    const measured = await measureTable(table, folder);
    return [
      table.name,
      { ...measured, compacted_at: janitor?.compactedAt(table.name) ?? null },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(stats)) as ByTable<TableStats>;
}

/** The database for the rest of Troupe: four tables, opened and closed together. */

import { join } from "node:path";
import type { Connection } from "@lancedb/lancedb";
import type { TableStats } from "../model/agent-view.ts";
import type { TroupeError } from "../model/errors.ts";
import { probeFaulty } from "./fault-probe.ts";
import { ActionJournal, type JournalFigures } from "./journal/action-journal.ts";
import { JournaledQueue } from "./journal/journaled-queue.ts";
import type { LeftJournal } from "./journal/left-journal.ts";
import { LeftQueue } from "./journal/left-queue.ts";
import type { TableName } from "./lance/columns.ts";
import { type OpenTableOptions, openConnection, openTable } from "./lance/connection.ts";
import type { SetAside } from "./lance/fragment-quarantine.ts";
import { JANITOR_LIMITS, Janitor, type JanitorLimits } from "./lance/janitor.ts";
import { type Health, StoreHealth } from "./lance/store-health.ts";
import type { StoredTable } from "./lance/stored-table.ts";
import { measureTable } from "./lance/table-stats.ts";
import { journalPlace, localFolder } from "./ownership/location.ts";
import { removeStaleTempFiles } from "./ownership/stale-temp-files.ts";
import { type StoreLog, silentLog } from "./store-log.ts";
import { AgentTable } from "./tables/agent-table.ts";
import { ConfigTable } from "./tables/config-table.ts";
import { HistoryClock } from "./tables/history-clock.ts";
import { QueueTable } from "./tables/queue-table.ts";
import { Retention } from "./tables/retention.ts";
import { StepTable } from "./tables/step-table.ts";

export interface StoreOptions {
  /** A folder, or a URI such as `s3://bucket/path`. */
  readonly location: string;
  /** Settings of an object store by the names of their environment variables: keys, region, address. */
  readonly storage?: Readonly<Record<string, string>>;
  readonly log?: StoreLog;
  /**
   * Makes this process compact and repair the tables. Only for the process that holds the lock: of a
   * compaction and another process's update at the same time one fails. `{}` means the defaults.
   */
  readonly janitor?: Partial<JanitorLimits>;
  /**
   * Milliseconds that processed actions and steps are kept; left out: for ever. Only for the process
   * that holds the lock.
   */
  readonly keptMs?: number;
  /**
   * Puts a journal in front of the table `queue`; `folder` is on this machine. Only for the process that
   * holds the lock.
   */
  readonly journal?: { readonly folder: string; readonly acksInTable: boolean };
  /** Shows the actions that only the journal of an ended process has. For every other process. */
  readonly left?: LeftJournal;
}

export type ByTable<T> = Readonly<Record<TableName, T>>;

export interface Store extends AsyncDisposable {
  readonly location: string;
  readonly queue: QueueTable;
  /** The table `agent_state`. */
  readonly agents: AgentTable;
  /** The table `agent_steps`. */
  readonly steps: StepTable;
  /** The table `agents_config`. */
  readonly configs: ConfigTable;
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
 * layout is of a newer Troupe; `STORE_UNAVAILABLE` if the disk refuses a sync.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { location, log = silentLog } = options;
  const connection = await openConnection(location, options.storage);
  const health = new StoreHealth(log);
  const ownership = new Ownership();
  const repair = options.janitor !== undefined;
  const folder = localFolder(location);
  if (repair && folder !== undefined) await removeStaleTempFiles(folder, Date.now());
  const open = (name: TableName): OpenTableOptions => ({
    location,
    log,
    repair,
    observer: {
      refusal: () => ownership.lostBy,
      onStored: () => health.stored(name),
      onFailed: (error: TroupeError) => health.failed(name, error),
      onRead: () => health.read(name),
      onUnread: (error: TroupeError) => health.unread(name, error),
      onHang: (isHung: boolean) => health.hang(name, isHung),
      isHung: () => health.isHung,
      onSetAside: (found: SetAside) => health.tookAside(found),
    },
  });
  try {
    // First: it has the version of the layout, and a newer database must not be changed.
    const agents = await openTable(connection, "agent_state", open("agent_state"));
    const [queue, configs, steps] = await allEnded([
      openTable(connection, "queue", open("queue")),
      openTable(connection, "agents_config", open("agents_config")),
      openTable(connection, "agent_steps", open("agent_steps")),
    ]);
    // A table that a power cut leaves without any version cannot be opened again.
    if (repair) await Promise.all([queue, configs, agents, steps].map((table) => table.sync()));
    const journal = await openJournal(options, health);
    const tables = { queue, configs, agents, steps };
    return assemble({ connection, health, ownership, journal, ...tables }, options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** @throws {TroupeError} `DATABASE_UNUSABLE`. */
async function openJournal(
  { location, journal }: StoreOptions,
  health: StoreHealth,
): Promise<ActionJournal | undefined> {
  if (journal === undefined) return undefined;
  const { folder } = journal;
  return await ActionJournal.open({
    folder,
    place: journalPlace(folder, location),
    onStored: () => health.stored("journal"),
    onFailed: (error) => health.failed("journal", error),
  });
}

/** As `Promise.all`, but nothing runs any longer when it rejects: the connection can be closed. */
async function allEnded<T extends readonly Promise<unknown>[]>(running: readonly [...T]) {
  await Promise.allSettled(running);
  return await Promise.all(running);
}

/** Whether this process still owns the database. */
class Ownership {
  readonly #lost = Promise.withResolvers<TroupeError>();
  lostBy: TroupeError | undefined;

  get lost(): Promise<TroupeError> {
    return this.#lost.promise;
  }

  readonly fence = (reason: TroupeError): void => {
    this.lostBy ??= reason;
    this.#lost.resolve(this.lostBy);
  };
}

/** Milliseconds that failed writes are retried while the store is being closed. */
const PATIENCE_AT_CLOSE_MS = 5_000;

interface Parts extends Tables {
  readonly connection: Connection;
  readonly health: StoreHealth;
  readonly ownership: Ownership;
  readonly journal: ActionJournal | undefined;
}

interface Tables {
  readonly queue: StoredTable<"queue">;
  readonly configs: StoredTable<"agents_config">;
  readonly agents: StoredTable<"agent_state">;
  readonly steps: StoredTable<"agent_steps">;
}

function assemble(parts: Parts, options: StoreOptions): Store {
  const { connection, health, ownership, journal, ...tables } = parts;
  const { location, log = silentLog } = options;
  const all = Object.values(tables) as readonly Tables[keyof Tables][];
  const folder = localFolder(location);
  const queue = makeQueue(parts, options);
  const steps = new StepTable(tables.steps);
  const agents = new AgentTable(tables.agents, steps, ownership.fence);
  const janitor =
    options.janitor && new Janitor(all, { ...JANITOR_LIMITS, ...options.janitor }, log);
  const probes = janitor && probeFaulty({ health, tables: all, journal });
  const retention = startRetention({ queue, steps }, options);

  const closeAll = async () => {
    agents.stopRetryingAfter(PATIENCE_AT_CLOSE_MS);
    probes?.[Symbol.dispose]();
    await retention?.[Symbol.asyncDispose]();
    await Promise.all([queue.close(), agents.close()]);
    await janitor?.[Symbol.asyncDispose]();
    await Promise.all(all.map((table) => table.close()));
    connection.close();
  };
  const close = once(closeAll);
  return {
    location,
    queue,
    agents,
    steps,
    configs: new ConfigTable(tables.configs),
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
    stats: () => queue.settle().then(() => readStats(all, folder, janitor)),
    lost: ownership.lost,
    stopRetryingAfter: (ms) => agents.stopRetryingAfter(ms),
    fence: ownership.fence,
    compact: async () => janitor?.compact(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function makeQueue({ journal, queue: table, agents }: Parts, options: StoreOptions): QueueTable {
  const folder = localFolder(options.location);
  const versionsFolder = folder && join(folder, "queue.lance", "_versions");
  if (options.left !== undefined) return new LeftQueue(table, versionsFolder, options.left);
  if (journal === undefined) return new QueueTable(table, versionsFolder);
  return new JournaledQueue({
    table,
    versionsFolder,
    journal,
    acksInTable: options.journal?.acksInTable === true,
    syncAgents: () => agents.sync(),
  });
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
  tables: { readonly queue: QueueTable; readonly steps: StepTable },
  { location, keptMs, log = silentLog }: StoreOptions,
): Retention | undefined {
  if (keptMs === undefined) return undefined;
  const findNewest = async () => {
    const times = await Promise.all([tables.queue.findNewest(), tables.steps.findNewest()]);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const clock = new HistoryClock({ folder: localFolder(location), findNewest });
  return new Retention({ tables, keptMs, log, readTime: () => clock.read() });
}

function countCommits(tables: readonly Tables[keyof Tables][]): ByTable<number> {
  const entries = tables.map(({ name, commits }) => [name, commits]);
  return Object.fromEntries(entries) as ByTable<number>;
}

async function readStats(
  tables: readonly Tables[keyof Tables][],
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

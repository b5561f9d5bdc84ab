/**
 * Metrics of the tables and of the journal. Reading the tables takes a while, so a scrape gets the
 * last figures and waits only a moment for new ones.
 */

import type { Registry } from "prom-client";
import { waitAtMost } from "../../deadline.ts";
import type { TableStats } from "../../model/agent-view.ts";
import type { ByTable, Store } from "../../store/store.ts";
import { addCounter, addGauge, byLabel, single } from "./readings.ts";

/** Milliseconds until figures are read again. */
const FRESH_MS = 5_000;
/** Milliseconds that a scrape waits. */
const WAIT_MS_MAX = 500;

type JournalFigures = NonNullable<Store["journal"]>;

interface Found {
  readonly tables: ByTable<TableStats>;
  readonly pending: number;
}

export class StoreFigures {
  readonly #store: Pick<Store, "stats" | "queue">;
  #found: Found | undefined;
  /** On the clock of `performance.now()`. */
  #foundAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(store: Pick<Store, "stats" | "queue">) {
    this.#store = store;
  }

  /** Undefined until the tables were read for the first time. */
  get found(): Found | undefined {
    return this.#found;
  }

  /** Must be awaited before the values are read. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#foundAt < FRESH_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await waitAtMost(this.#reading, WAIT_MS_MAX);
  }

  /** Waits for a read under way. */
  async close(): Promise<void> {
    await this.#reading;
  }

  /** Never rejects: if the store cannot be read, the last figures stay. */
  async #read(): Promise<void> {
    try {
      const store = this.#store;
      const [tables, pending] = await Promise.all([store.stats(), store.queue.countPending()]);
      this.#found = { tables, pending };
      this.#foundAt = performance.now();
    } catch {
      // The store logs its faults itself.
    }
  }
}

export function addStoreReadings(
  registry: Registry,
  store: Pick<Store, "commits" | "setAside" | "journal">,
  figures: StoreFigures,
): void {
  const ofTables = (name: string, help: string, pick: (stats: TableStats) => number | null) =>
    addGauge(registry, {
      name,
      help,
      labels: ["table"],
      read: () =>
        Object.entries(figures.found?.tables ?? {}).flatMap(([table, stats]) => {
          const value = pick(stats);
          return value === null ? [] : [[{ table }, value] as const];
        }),
    });
  ofTables("troupe_store_table_rows", "Rows in the table.", ({ rows }) => rows);
  ofTables("troupe_store_table_bytes", "Size of the newest version.", ({ bytes }) => bytes);
  ofTables("troupe_store_table_versions", "Versions that are kept.", ({ versions }) => versions);
  ofTables("troupe_store_table_fragments", "Fragments of the newest version.", (s) => s.fragments);
  ofTables(
    "troupe_store_disk_bytes",
    "Size of all files of the table.",
    (stats) => stats.disk_bytes,
  );
  addGauge(registry, {
    name: "troupe_actions_pending",
    help: "Actions in the table that have not ended, in flight and not yet due ones included.",
    labels: [],
    read: () => (figures.found === undefined ? [] : single(figures.found.pending)),
  });
  addCounter(registry, {
    name: "troupe_store_commits_total",
    help: "Commits by this process.",
    labels: ["table"],
    read: () => byLabel("table", store.commits),
  });
  addJournalReadings(registry, store);
  addCounter(registry, {
    name: "troupe_store_rows_set_aside_total",
    help: "Unreadable rows that were removed from the tables; their files are kept.",
    labels: [],
    read: () => single(store.setAside.rows),
  });
}

function addJournalReadings(registry: Registry, store: Pick<Store, "journal">): void {
  const gauge = (name: string, help: string, pick: (figures: JournalFigures) => number) =>
    addGauge(registry, {
      name,
      help,
      labels: [],
      read: () => (store.journal === undefined ? [] : single(pick(store.journal))),
    });
  gauge(
    "troupe_journal_entries",
    "Accepted actions that the tables do not have on the disk yet.",
    ({ entries }) => entries,
  );
  gauge(
    "troupe_journal_effects",
    "Rows of effects that the table does not have on the disk yet.",
    ({ effects }) => effects,
  );
  gauge("troupe_journal_bytes", "Size of the journal's files.", ({ bytes }) => bytes);
  gauge(
    "troupe_journal_oldest_seconds",
    "Age of the oldest entry of the journal.",
    ({ oldest_ms }) => oldest_ms / 1_000,
  );
  gauge(
    "troupe_journal_sync_seconds",
    "Duration of the journal's last transaction, with its sync to the disk.",
    ({ sync_ms }) => sync_ms / 1_000,
  );
  addCounter(registry, {
    name: "troupe_journal_syncs_total",
    help: "Transactions of the journal.",
    labels: [],
    read: () => (store.journal === undefined ? [] : single(store.journal.syncs)),
  });
}

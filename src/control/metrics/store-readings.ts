/**
 * The tables. Looking at them takes a while, so that a scrape gets what was found last, and waits a
 * moment at most for what is found anew.
 */

import type { Registry } from "prom-client";
import { waitAtMost } from "../../deadline.ts";
import type { TableStats } from "../../model/agent-view.ts";
import type { ByTable, Store } from "../../store/store.ts";
import { addCounter, addGauge, byLabel, single } from "./readings.ts";

/** Milliseconds for which what was found counts. */
const FRESH_MS = 5_000;
/** Milliseconds that a scrape waits. */
const WAIT_MS_MAX = 500;

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

  /** Undefined until the tables were looked at for the first time. */
  get found(): Found | undefined {
    return this.#found;
  }

  /** To be awaited before the values are read. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#foundAt < FRESH_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await waitAtMost(this.#reading, WAIT_MS_MAX);
  }

  /** Waits for a look under way. */
  async close(): Promise<void> {
    await this.#reading;
  }

  /** Never rejects: a store that cannot be read leaves what was found last. */
  async #read(): Promise<void> {
    try {
      const store = this.#store;
      const [tables, pending] = await Promise.all([store.stats(), store.queue.countPending()]);
      this.#found = { tables, pending };
      this.#foundAt = performance.now();
    } catch {
      // The store tells of its faults itself.
    }
  }
}

export function addStoreReadings(
  registry: Registry,
  store: Pick<Store, "commits" | "setAside">,
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
  ofTables("troupe_store_table_rows", "Rows of the table.", ({ rows }) => rows);
  ofTables("troupe_store_table_bytes", "Data of the newest version.", ({ bytes }) => bytes);
  ofTables("troupe_store_table_versions", "Versions kept.", ({ versions }) => versions);
  ofTables("troupe_store_table_fragments", "Pieces of the newest version.", (s) => s.fragments);
  ofTables("troupe_store_disk_bytes", "All files of the table.", (stats) => stats.disk_bytes);
  addGauge(registry, {
    name: "troupe_actions_pending",
    help: "Actions in the table that have not ended, those in flight and those not due included.",
    labels: [],
    read: () => (figures.found === undefined ? [] : single(figures.found.pending)),
  });
  addCounter(registry, {
    name: "troupe_store_commits_total",
    help: "Commits of this process.",
    labels: ["table"],
    read: () => byLabel("table", store.commits),
  });
  addCounter(registry, {
    name: "troupe_store_rows_set_aside_total",
    help: "Rows taken out of the tables because they cannot be read; their files are kept.",
    labels: [],
    read: () => single(store.setAside.rows),
  });
}

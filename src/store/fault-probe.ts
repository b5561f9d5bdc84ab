/** Checks of what failed last, so that the end of a fault is noticed without a request that meets it. */

import type { ActionJournal } from "./journal/action-journal.ts";
import type { TableName } from "./lance/columns.ts";
import type { StoreHealth } from "./lance/store-health.ts";
import type { StoredTable } from "./lance/stored-table.ts";

/** Milliseconds between two checks of a table whose last write or read failed. */
const PROBE_PERIOD_MS = 1_000;

interface Probed {
  readonly health: StoreHealth;
  readonly tables: readonly Pick<StoredTable<TableName>, "name" | "probe" | "probeRead">[];
  readonly journal: ActionJournal | undefined;
}

/** Only in the process that owns the database; other processes just write. */
export function probeFaulty({ health, tables, journal }: Probed): Disposable {
  const probe = () => {
    const { faulty, unreadable, isHung } = health;
    if (faulty.includes("journal")) void journal?.probe();
    for (const table of tables) {
      if (faulty.includes(table.name)) void table.probe();
      if (!isHung && unreadable.includes(table.name)) void table.probeRead();
    }
  };
  const timer = setInterval(probe, PROBE_PERIOD_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

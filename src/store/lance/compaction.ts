/**
 * Compacts one table, and removes its old versions. Both are one call of LanceDB's, which compacts, removes
 * and indexes. It runs among the table's writes, because a compaction and an update that run at the same time
 * make one of them fail.
 *
 * On an object store the removal is one request after the other, four for each commit: 10 to 20 s for
 * agents' rows. Neither writes nor the next compaction must wait that long. So a handle of its own removes,
 * which stays at the version that was just compacted: there it finds nothing to compact or to index, and
 * commits nothing.
 *
 * A start counts the fragments that earlier processes left among the commits after which a table is
 * compacted: a process that is always killed soon would otherwise never compact. Rejected: fewer commits
 * until a compaction of `agent_state` on object stores, because a compaction costs more requests than it
 * saves.
 */

import type { Table } from "@lancedb/lancedb";
import type { TableName } from "./columns.ts";
import { ensureIndices } from "./indices.ts";
import type { WriteQueue } from "./write-queue.ts";

export interface CompactionOptions {
  readonly name: TableName;
  readonly table: Table;
  readonly writes: WriteQueue;
  /** Runs a commit as the table's other commits. */
  readonly commit: <R>(write: () => Promise<R>) => Promise<R>;
  /** Resolves once the commits so far would survive a power cut. */
  readonly sync: () => Promise<void>;
  /** Opens the table so that the handle stays at its version. Given on an object store only. */
  readonly openAlone?: (() => Promise<Table>) | undefined;
}

/** Rows that are in an index, and others, are not compacted into one fragment before all are in it. */
const PASSES_MAX = 2;

export class Compaction {
  readonly #options: CompactionOptions;
  /** Those that run or wait. */
  #running = 0;
  #removing: Promise<void> | undefined;

  constructor(options: CompactionOptions) {
    this.#options = options;
  }

  /** True while writes may have to wait for a compaction. */
  get isRunning(): boolean {
    return this.#running > 0;
  }

  /**
   * Resolves once the table is compacted. The removal may continue then, one at a time.
   * @param before versions that were replaced earlier are removed
   */
  async run(before: Date): Promise<{ readonly removed: Promise<void> }> {
    const { commit, table, sync } = this.#options;
    const options = { cleanupOlderThan: before };
    const alone = await this.#compact();
    if (alone !== undefined) return { removed: this.#remove(alone, options) };
    // Otherwise a power cut could take the new version, with the old ones gone.
    await sync();
    await this.#write(() => commit(() => table.optimize(options)));
    return { removed: Promise.resolve() };
  }

  /** While one removal runs, it is the next one's work, too. */
  #remove(alone: Table, options: Removal): Promise<void> {
    if (this.#removing !== undefined) alone.close();
    this.#removing ??= removeVersions(alone, options, this.#options.commit).finally(() => {
      this.#removing = undefined;
    });
    return this.#removing;
  }

  /** Resolves with a handle of the compacted version, on an object store. */
  #compact(): Promise<Table | undefined> {
    const { name, table, commit, openAlone } = this.#options;
    return this.#write(async () => {
      for (let pass = 1; pass <= PASSES_MAX; pass += 1) {
        const { compaction } = await commit(() => table.optimize());
        await ensureIndices(table, name);
        if (compaction.fragmentsAdded <= 1) break;
      }
      return await openAlone?.();
    });
  }

  async #write<R>(write: () => Promise<R>): Promise<R> {
    this.#running += 1;
    try {
      return await this.#options.writes.runUnobserved(write);
    } finally {
      this.#running -= 1;
    }
  }
}

interface Removal {
  readonly cleanupOlderThan: Date;
}

async function removeVersions(
  alone: Table,
  options: Removal,
  commit: CompactionOptions["commit"],
): Promise<void> {
  try {
    await commit(() => alone.optimize(options));
  } finally {
    alone.close();
  }
}

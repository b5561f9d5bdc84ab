/**
 * The table `supervisors`: one row, changed by compare-and-set alone. Of several processes that replace
 * the row of one epoch at the same time, exactly one succeeds, on a folder as on an object store.
 *
 * Invariant: only a process that claims the database makes the table. LanceDB does not refuse to make one
 * that has just been made: it replaces it, and with it the claim.
 */

import { NOBODY, type SupervisorRow } from "../../model/rows/supervisors-row.ts";
import { encodeRow } from "../lance/codec.ts";
import { openConnection, openIfThere } from "../lance/connection.ts";
import { any, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { silentLog } from "../store-log.ts";

const has = predicatesOf("supervisors");

const isDamaged = any(has.isNull("epoch"), has.isUnfit("epoch"));
const DAMAGED = "supervisors.epoch was no number that a start may have; its row was made again";

/** Tries to change the row, which compaction may move meanwhile. */
const TRIES_MAX = 5;

type Stored = StoredTable<"supervisors">;
type Addressed = SupervisorRow & { readonly _rowid: bigint };

export class SupervisorTable {
  readonly #open: () => Promise<Stored | undefined>;
  /** Undefined as long as no process has claimed the database. */
  #table: Stored | undefined;

  /** @param open called for each read until there is a table */
  constructor(open: () => Promise<Stored | undefined>, table?: Stored) {
    this.#open = open;
    this.#table = table;
  }

  /**
   * The row of the last claim.
   * @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read.
   */
  async find(): Promise<SupervisorRow> {
    this.#table ??= await this.#open();
    const found = this.#table && (await findRow(this.#table));
    if (found === undefined) return NOBODY;
    const { _rowid, ...row } = found;
    return row;
  }

  /**
   * Replaces the row if its epoch is still `epoch`.
   * @returns false if another process was first
   * @throws {TroupeError} `STORE_UNAVAILABLE`; then the row may have been replaced all the same.
   */
  async replace(epoch: number, next: SupervisorRow): Promise<boolean> {
    this.#table ??= await this.#open();
    const table = this.#table;
    if (table === undefined) return false;
    const cells = Object.entries(encodeRow("supervisors", next));
    const values = cells.map(([name, cell]) => has.assign(name as keyof SupervisorRow, cell));
    return await table.writes.run(async () => {
      for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
        const row = await findRow(table);
        if (row === undefined) {
          // Another program has deleted it, or damaged its epoch.
          if ((await table.deleteNow(isDamaged)) > 0) table.log.warn({}, DAMAGED);
          await table.appendNow([encodeRow("supervisors", NOBODY)]);
          continue;
        }
        if (row.epoch !== epoch) return false;
        const where = has.is("epoch", epoch);
        if ((await table.updateNow([row._rowid], where, values)) > 0) return true;
      }
      return false;
    });
  }

  /**
   * True if other processes may have changed the row since the last call. Reads the table's version only.
   * @throws {TroupeError} `STORE_UNAVAILABLE` when the table cannot be read.
   */
  async hasForeignCommits(): Promise<boolean> {
    return (await this.#table?.hasForeignCommits()) ?? true;
  }

  async close(): Promise<void> {
    await this.#table?.close();
  }
}

async function findRow(table: Stored): Promise<Addressed | undefined> {
  const [row] = await table.read<Addressed>({
    where: has.isFit("epoch"),
    order: [{ column: "epoch", direction: "down" }],
    limit: 1,
    withRowId: true,
  });
  return row;
}

/** @throws {TroupeError} `DATABASE_UNUSABLE`, `STORE_UNAVAILABLE`. */
export async function readClaim(
  location: string,
  storage: Readonly<Record<string, string>>,
): Promise<SupervisorRow> {
  const connection = await openConnection(location, storage);
  const open = () => openIfThere(connection, "supervisors", { location, log: silentLog });
  const table = new SupervisorTable(open);
  try {
    return await table.find();
  } finally {
    await table.close();
    connection.close();
  }
}

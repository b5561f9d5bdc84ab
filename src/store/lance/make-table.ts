/**
 * Opens a table, and makes a missing one, which several processes may do at the same moment. LanceDB
 * checks twice whether the table exists, before and directly before its commit. It replaces a table that
 * another process makes in between, with all rows that this one has by then. The number of the version
 * shows that: a table that replaced none has version 1. The rows are then brought back.
 *
 * Rejected: `existOk`, which checks in the same way; tables that only the owner of the database makes,
 * because commands and foreign programs post before its first start; a lock for the creation, which
 * would itself be a table and outlive its process.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Connection, Table } from "@lancedb/lancedb";
import { NOBODY, type SupervisorRow } from "../../model/rows/supervisors-row.ts";
import { silentLog } from "../store-log.ts";
import type { Table as ArrowTable } from "./arrow.ts";
import { encodeRow, fromArrow, toArrow } from "./codec.ts";
import { schemaOf, type TableName } from "./columns.ts";
import { type Literal, predicatesOf } from "./predicate.ts";
import { STORAGE_OPTIONS } from "./table-upgrade.ts";
import { WriteQueue } from "./write-queue.ts";

/** Attempts to open a table that another process is making at the same moment. */
const OPEN_TRIES_MAX = 20;
/** Milliseconds between two of them. */
const OPEN_PAUSE_MS = 25;

/** The columns that identify a row. */
const KEYS: Readonly<Record<Exclude<TableName, "supervisors">, readonly string[]>> = {
  queue: ["id"],
  agents_config: ["name", "updated_at"],
  agent_state: ["agent_id"],
  agent_steps: ["step_id"],
  agent_effects: ["effect_id", "state"],
};

const has = predicatesOf("supervisors");

/** @param connectAlone connects so that a handle stays at the version that its own commit made */
export async function openOrMake(
  connection: Connection,
  name: TableName,
  connectAlone: () => Promise<Connection>,
): Promise<Table> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connection.openTable(name);
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
    }
    const alone = await connectAlone();
    try {
      const made = await createTable(alone, name).catch(async (cause: unknown) => {
        // Another process is making it: for a moment it exists and cannot be opened.
        if (attempt === OPEN_TRIES_MAX) throw cause;
        await delay(OPEN_PAUSE_MS);
      });
      // An error there is not one of the creation: the rows are still missing.
      if (made !== undefined) await bringBackReplaced(alone, made, name);
    } finally {
      alone.close();
    }
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes("was not found");
}

async function bringBackReplaced(alone: Connection, made: Table, name: TableName): Promise<void> {
  try {
    const version = await made.version();
    if (version > 1) await bringBack(alone, made, { name, version: version - 1 });
  } finally {
    made.close();
  }
}

async function createTable(connection: Connection, name: TableName): Promise<Table> {
  // Without stable row ids: with them an append through a stale handle assigns an id twice once the
  // versions in between are removed, and then every update fails.
  const options = { mode: "create", storageOptions: STORAGE_OPTIONS } as const;
  if (name !== "supervisors") {
    return await connection.createEmptyTable(name, schemaOf(name), options);
  }
  // With its row, because of several processes that insert it each would add one.
  const first = await toArrow(name, [encodeRow(name, NOBODY)]);
  return await connection.createTable(name, first, options);
}

interface Replaced {
  readonly name: TableName;
  readonly version: number;
}

/**
 * Adds the rows of the version before, and the marks of its columns. Rows that were added since stay. A
 * process that is killed between its commit and this leaves the rows in that version alone.
 */
async function bringBack(
  alone: Connection,
  made: Table,
  { name, version }: Replaced,
): Promise<void> {
  const before = await alone.openTable(name);
  try {
    await before.checkout(version);
    const rows = await before.query().toArrow();
    if (name === "supervisors") return await bringBackClaim(made, rows);
    const { fields } = await before.schema();
    const marked = fields.filter(({ metadata }) => metadata.size > 0);
    await new WriteQueue({ name }).run(async () => {
      await made.checkoutLatest();
      if (marked.length > 0) {
        const marks = marked.map(({ name: path, metadata }) => ({
          path,
          metadata: Object.fromEntries(metadata),
        }));
        await made.updateFieldMetadata(marks);
      }
      if (rows.numRows === 0) return;
      const merge = made.mergeInsert([...KEYS[name]]).useIndex(false);
      await merge.whenNotMatchedInsertAll().execute(rows);
    });
  } finally {
    before.close();
  }
}

/** Unless another process has claimed the database meanwhile: of both, one is first. */
async function bringBackClaim(made: Table, rows: ArrowTable): Promise<void> {
  const claims = fromArrow("supervisors", rows, { log: silentLog }) as readonly SupervisorRow[];
  const last = claims.toSorted((one, other) => other.epoch - one.epoch)[0];
  if (last === undefined || last.epoch === NOBODY.epoch) return;
  const cells = Object.entries(encodeRow("supervisors", last)) as [keyof SupervisorRow, Literal][];
  const valuesSql = new Map(cells.map(([name, cell]) => has.assign(name, cell)));
  await new WriteQueue({ name: "supervisors" }).run(async () => {
    await made.checkoutLatest();
    await made.update({ where: has.is("epoch", NOBODY.epoch), valuesSql });
  });
}

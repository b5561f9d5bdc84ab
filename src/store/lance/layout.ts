/**
 * The version of the database's layout, so that an older Troupe refuses a database that it would
 * misread. It is kept as metadata of a column: every copy of the database has it, even on an object
 * store.
 */

import type { Table } from "@lancedb/lancedb";
import { TroupeError } from "../../model/errors.ts";

/** README.md, *Upgrading*, has a line for each. A table without a version is of layout 1. */
export const LAYOUT = 2;
const LAYOUT_FIRST = 1;

const KEY = "troupe:layout";

/** The column whose metadata has the version. */
export const LAYOUT_COLUMN = { table: "agent_state", column: "agent_id" } as const;

export const layoutMetadata: ReadonlyMap<string, string> = new Map([[KEY, String(LAYOUT)]]);

/** @throws {TroupeError} `DATABASE_NEWER`. */
export async function checkLayout(table: Table, location: string): Promise<void> {
  const layout = await readLayout(table);
  if (layout <= LAYOUT) return;
  throw new TroupeError(
    "DATABASE_NEWER",
    `database ${location} has layout ${layout}, and this Troupe knows layouts up to ${LAYOUT}; a newer Troupe has written it`,
    { details: { location, layout, known: LAYOUT } },
  );
}

/** For the process that owns the database, once the table has this layout. */
export async function raiseLayout(table: Table): Promise<void> {
  if ((await readLayout(table)) >= LAYOUT) return;
  await writeMark(table, KEY, String(LAYOUT));
}

async function readLayout(table: Table): Promise<number> {
  return Number((await readMark(table, KEY)) ?? LAYOUT_FIRST);
}

/** What else the database says of itself, in the same metadata. @param table that of {@link LAYOUT_COLUMN} */
export async function readMark(table: Table, key: string): Promise<string | undefined> {
  const { fields } = await table.schema();
  return fields.find(({ name }) => name === LAYOUT_COLUMN.column)?.metadata.get(key);
}

export async function writeMark(table: Table, key: string, value: string): Promise<void> {
  await table.updateFieldMetadata([{ path: LAYOUT_COLUMN.column, metadata: { [key]: value } }]);
}

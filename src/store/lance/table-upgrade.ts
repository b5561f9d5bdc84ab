/**
 * Upgrades a table that other programs write too, to the file format and column types that all of them
 * can use. In place: rows that others append meanwhile are kept, and the next start finishes an upgrade
 * that a death interrupted. Only for the process that owns the database.
 *
 * A tag marks the version at the start; an empty version in the new format replaces it; then the old
 * rows are appended in parts; finally the tag is removed.
 *
 * Rejected: a second folder that is swapped in. A client with an open handle would write a version of
 * the old folder into the new one.
 */

import type { Connection, Table } from "@lancedb/lancedb";
import { Field, Schema } from "./arrow.ts";
import { castOf, fitOf, quoteIdentifier } from "./column-cast.ts";
import { arrowTypeOf, columnsOf, isShared, type TableName } from "./columns.ts";
import { quarantineFragments, type RepairedTable, type SetAside } from "./fragment-quarantine.ts";
import { readManifest } from "./manifest.ts";
import { chunks, type Predicate, predicatesOf, rowIdIn, rowIdsBetween } from "./predicate.ts";

/**
 * The format of new data. To tables of 2.1 and later older clients append fragments that newer ones
 * cannot read; 2.0 was tested with clients from 0.15 on.
 */
const FILE_FORMAT = "2.0";
export const STORAGE_OPTIONS = { new_table_data_storage_version: FILE_FORMAT } as const;

const TAG = "troupe-bring-over";

export interface TableUpgradeOptions extends RepairedTable {
  readonly onSetAside: (found: SetAside) => void;
}

/** Does nothing if no upgrade is needed. Returns the table to use from here on. */
export async function upgradeTable(
  connection: Connection,
  table: Table,
  options: TableUpgradeOptions,
): Promise<Table> {
  const { name, log } = options;
  if (!isShared(name)) return table;
  const tags = await table.tags();
  const begun = (await tags.list())[TAG]?.version;
  const why =
    begun === undefined ? await findReason(table, options) : "an earlier upgrade was interrupted";
  if (why === undefined) return table;
  const tagged = begun ?? (await table.version());
  if (begun === undefined) {
    // Before the upgrade: the version with the old rows cannot be changed later.
    options.onSetAside(await quarantineFragments(table, undefined, options));
    await tags.create(TAG, tagged);
  }
  const begunAt = performance.now();
  log.info(
    { table: name, why },
    `${name} is being upgraded to a format that all clients can write`,
  );
  const emptied =
    (await findEmptied(table, tagged)) ?? (await writeEmpty(connection, table, options));
  const target = await connection.openTable(name);
  const source = await connection.openTable(name);
  await source.checkout(emptied - 1);
  const copy = { source, target, isResumed: begun !== undefined, name };
  const rows = await copyRows(copy);
  await tags.delete(TAG);
  source.close();
  table.close();
  const tookMs = Math.round(performance.now() - begunAt);
  log.info({ table: name, rows, tookMs }, `${name} was upgraded`);
  return target;
}

async function findReason(
  table: Table,
  { folder, name }: RepairedTable,
): Promise<string | undefined> {
  // On an object store the format is unknown.
  const format = folder === undefined ? undefined : (await readManifest(folder, name))?.format;
  if (format !== undefined && format !== FILE_FORMAT) return `its file format is ${format}`;
  const { fields } = await table.schema();
  for (const field of fields) {
    const column = columnsOf(name)[field.name];
    if (column === undefined) continue;
    if (fitOf(column, field.type) === "cast") return `column ${field.name} is ${field.type}`;
    if (column.isNullable && !field.nullable) return `column ${field.name} may not be null`;
  }
  return undefined;
}

/** The first version without rows since the tag: the empty one in the new format. */
async function findEmptied(table: Table, tagged: number): Promise<number | undefined> {
  const versions = (await table.listVersions()).filter(({ version }) => version > tagged);
  versions.sort((left, right) => left.version - right.version);
  return versions.find(({ metadata }) => metadata["total_rows"] === "0")?.version;
}

async function writeEmpty(
  connection: Connection,
  table: Table,
  { name }: TableUpgradeOptions,
): Promise<number> {
  const { fields } = await table.schema();
  const columns = columnsOf(name);
  const schema = new Schema(
    fields.map((field) => {
      const column = columns[field.name];
      const type = column === undefined ? field.type : arrowTypeOf(column);
      const isNullable = field.nullable || column?.isNullable === true;
      return new Field(field.name, type, isNullable);
    }),
  );
  const mode = { mode: "overwrite", storageOptions: STORAGE_OPTIONS } as const;
  const empty = await connection.createEmptyTable(name, schema, mode);
  const version = await empty.version();
  empty.close();
  // Others may have appended already; the empty version is the first since.
  return (await findEmptied(table, version - 1)) ?? version;
}

interface Copy {
  readonly source: Table;
  readonly target: Table;
  readonly isResumed: boolean;
  readonly name: TableName;
}

/** Text and rows of one part: one append takes a moment. */
const PART_BYTES_MAX = 32 * 1024 * 1024;
const PART_ROWS_MAX = 20_000;

async function copyRows(copy: Copy): Promise<number> {
  const casts = await castsOf(copy);
  let rows = 0;
  for await (const part of partsOf(copy)) {
    if (copy.isResumed) {
      for (const ids of chunks(await withoutCopied(copy, part)))
        await append(copy, rowIdIn(ids), casts);
    } else await copyPart(copy, part, casts);
    rows += part.length;
  }
  return rows;
}

/** In halves if it is too much for one append: a few large rows may be among many small ones. */
async function copyPart(copy: Copy, part: readonly bigint[], casts: Casts): Promise<void> {
  const [first, last] = [part[0], part.at(-1)];
  if (first === undefined || last === undefined) return;
  try {
    await append(copy, rowIdsBetween(first, last), casts);
  } catch (error) {
    if (part.length === 1 || !isTooMuch(error)) throw error;
    const half = part.length >> 1;
    await copyPart(copy, part.slice(0, half), casts);
    await copyPart(copy, part.slice(half), casts);
  }
}

/** Then nothing was stored: a part is read whole before it is appended. */
function isTooMuch(error: unknown): boolean {
  return error instanceof Error && /overflow|allocation|string longer/i.test(error.message);
}

async function append({ source, target }: Copy, where: Predicate, casts: Casts): Promise<void> {
  const query = source.query().where(where);
  if (casts !== undefined) query.select(new Map(casts));
  const rows = await query.toArrow();
  if (rows.numRows > 0) await target.add(rows);
}

type Casts = readonly (readonly [string, string])[] | undefined;

/** The cast of each column; undefined if none is needed. */
async function castsOf({ source, name }: Copy): Promise<Casts> {
  const { fields } = await source.schema();
  const columns = columnsOf(name);
  const isCast = (field: Field) => {
    const column = columns[field.name];
    return column !== undefined && fitOf(column, field.type) === "cast";
  };
  if (!fields.some(isCast)) return undefined;
  return fields.map((field) => {
    const column = columns[field.name];
    const isOurs = column !== undefined && isCast(field);
    return [field.name, isOurs ? castOf(field.name, column) : quoteIdentifier(field.name)];
  });
}

/** The rows of the part that an interrupted upgrade has not appended, by id. */
async function withoutCopied(copy: Copy, part: readonly bigint[]): Promise<readonly bigint[]> {
  const key = copy.name === "queue" ? "id" : "name";
  const missing: bigint[] = [];
  for (const ids of chunks(part)) {
    const rows = await copy.source.query().select([key]).withRowId().where(rowIdIn(ids)).toArray();
    const keys = rows.map((row) => row[key] as string | null).filter((one) => one !== null);
    const where = isIn(copy.name, keys);
    const copied = await copy.target.query().select([key]).where(where).toArray();
    const present = new Set(copied.map((row) => row[key] as string));
    missing.push(...rows.filter((row) => !present.has(row[key])).map((row) => BigInt(row._rowid)));
  }
  return missing;
}

function isIn(name: TableName, keys: readonly string[]): Predicate {
  return name === "queue"
    ? predicatesOf("queue").isIn("id", keys)
    : predicatesOf("agents_config").isIn("name", keys);
}

/** Addresses of the old rows in order, in parts of bounded text. */
async function* partsOf({ source }: Copy): AsyncGenerator<readonly bigint[]> {
  const { totalBytes, numRows } = await source.stats();
  const averageBytes = numRows === 0 ? 0 : totalBytes / numRows;
  const rowsMax = Math.max(
    1,
    Math.min(PART_ROWS_MAX, Math.floor(PART_BYTES_MAX / (averageBytes || 1))),
  );
  let part: bigint[] = [];
  for await (const batch of source.query().select([]).withRowId()) {
    for (const id of batch.getChild("_rowid") ?? []) {
      part.push(BigInt(id));
      if (part.length < rowsMax) continue;
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}

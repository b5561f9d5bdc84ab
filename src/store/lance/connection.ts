/** Opens the database and its tables: makes missing ones and adds columns to older ones. */

import { type Connection, connect, Session, type Table } from "@lancedb/lancedb";
import { withDeadline } from "../../deadline.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { cutText } from "../../model/cut-text.ts";
import { TroupeError } from "../../model/errors.ts";
import type { Column } from "../../model/rows/column.ts";
import type { Shard } from "../../model/shard.ts";
import { localFolder } from "../ownership/location.ts";
import type { StoreLog } from "../store-log.ts";
import { fitOf } from "./column-cast.ts";
import { addMissingColumns } from "./column-repair.ts";
import { columnsOf, schemaOf, type TableName } from "./columns.ts";
import { checkShardMark, databaseId, markShard } from "./database-marks.ts";
import { hasBrokenFile, quarantineFragments, type SetAside } from "./fragment-quarantine.ts";
import { mendIndices } from "./indices.ts";
import { checkLayout, LAYOUT_COLUMN, raiseLayout } from "./layout.ts";
import { isMissing, openOrMake } from "./make-table.ts";
import { quarantineManifest } from "./manifest-quarantine.ts";
import { endpointFault, explainStoreFault, unansweredFault } from "./object-store-fault.ts";
import { OwnHandle } from "./own-handle.ts";
import { OwnWriter } from "./own-writer.ts";
import { StoredTable, type TableObserver } from "./stored-table.ts";
import { type TableUpgradeOptions, upgradeTable } from "./table-upgrade.ts";
import { briefCause, WriteQueue } from "./write-queue.ts";

/** Bytes of LanceDB's caches of indices and of metadata; its own defaults are 6 GiB and 1 GiB. */
const INDEX_CACHE_BYTES = 8n * 1024n * 1024n;
const METADATA_CACHE_BYTES = 64n * 1024n * 1024n;

/**
 * Milliseconds for the first requests to an object store, the search for credentials included. LanceDB
 * alone would wait for minutes.
 */
const CONNECT_DEADLINE_MS = 15_000;

export function makeSession(): Session {
  return new Session(INDEX_CACHE_BYTES, METADATA_CACHE_BYTES);
}

/**
 * @param isAlone true for tables that this process alone writes: their handles know only its own commits
 * @param session the caches, which connections to one database may share
 * @throws {TroupeError} `DATABASE_UNUSABLE`, which names location and cause.
 */
export async function openConnection(
  location: string,
  storageOptions: Readonly<Record<string, string>> = {},
  isAlone = false,
  session = makeSession(),
): Promise<Connection> {
  const folder = localFolder(location);
  try {
    if (folder !== undefined) makeFolder(folder);
    // 0: each read checks for the newest version first; otherwise it would not see others' commits.
    const uri = folder ?? location;
    const consistency = isAlone ? {} : { readConsistencyInterval: 0 };
    // Of the database's own store: what other programs' settings say of others does not matter.
    const fault = endpointFault(location, storageOptions);
    if (fault !== undefined) throw new TypeError(fault);
    const connecting = connect({
      uri,
      session,
      storageOptions: inLowerCase(storageOptions),
      ...consistency,
    });
    return await withDeadline(connecting, CONNECT_DEADLINE_MS, () => {
      connecting.then(
        (connection) => connection.close(),
        () => undefined,
      );
      return new Error(unansweredFault(location, storageOptions, CONNECT_DEADLINE_MS));
    });
  } catch (cause) {
    throw unusable(location, cause);
  }
}

/** LanceDB finds the account of an Azure store by its name in lower case alone. */
function inLowerCase(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

export interface OpenTableOptions {
  readonly location: string;
  /** As for {@link openConnection}. */
  readonly storage?: Readonly<Record<string, string>> | undefined;
  readonly log: StoreLog;
  readonly observer?: TableObserver | undefined;
  /** As of the store. */
  readonly shard?: Shard | null | undefined;
  /** Quarantines unreadable data; only for the process that holds the lock. */
  readonly repair?: boolean;
  /** Checks the claim now; given for a table of an object store that this process alone writes. */
  readonly confirm?: (() => Promise<void>) | undefined;
  /** {@link openConnection} alone; given for a table of a folder that this process alone writes. */
  readonly writers?: Connection | undefined;
  /** Called with the database's id, by the table that has it. */
  readonly onId?: ((id: string) => void) | undefined;
}

/** @throws {TroupeError} `DATABASE_UNUSABLE`, which names location, table and cause; `DATABASE_NEWER`, `SHARD_MISMATCH`. */
export async function openTable<T extends TableName>(
  connection: Connection,
  name: T,
  options: OpenTableOptions,
): Promise<StoredTable<T>> {
  const { location, storage, log, observer, repair, shard, confirm, writers, onId } = options;
  const connectAlone = () => openConnection(location, storage, true);
  try {
    const folder = localFolder(location);
    if (repair === true && folder !== undefined) await quarantineManifest(folder, name, log);
    const opening = openOrMake(connection, name, connectAlone).then(async (opened) => {
      if (name === LAYOUT_COLUMN.table) await checkIdentity(opened, location, shard);
      await checkTypes(opened, name, options);
      return opened;
    });
    let table = await withDeadline(opening, OPEN_DEADLINE_MS, lateOpening);
    const own = { name, folder, log };
    const onSetAside = (found: SetAside) => observer?.onSetAside(found);
    if (repair === true) table = await openWhole(connection, table, { ...own, onSetAside });
    await new WriteQueue({ name }).run(async () => {
      const added = await addMissingColumns(table, name);
      if (added.length > 0)
        log.info({ table: name, columns: added }, `${name} lacked columns; added`);
      if (name !== LAYOUT_COLUMN.table) return;
      if (repair === true) await raiseLayout(table);
      if (shard) await markShard(table, shard);
      onId?.(await databaseId(table, repair === true));
    });
    const quarantine = (met: unknown) => quarantineFragments(table, met, own);
    return new StoredTable(name, table, {
      log,
      folder,
      observer,
      own: confirm && new OwnHandle(table, confirm),
      writer: writers && new OwnWriter(await writers.openTable(name)),
      openAlone: folder === undefined ? () => openAlone(connectAlone, name) : undefined,
      quarantine: repair === true ? quarantine : undefined,
      nullable: await findNullable(table, name),
    });
  } catch (cause) {
    if (isRefusal(cause)) throw cause;
    throw unusable(`${location}, table ${name}`, cause);
  }
}

/**
 * @param table the one that has the layout's version
 * @throws {TroupeError} `DATABASE_NEWER`, `SHARD_MISMATCH`.
 */
export async function checkIdentity(
  table: Table,
  location: string,
  shard: Shard | null | undefined,
): Promise<void> {
  await checkLayout(table, location);
  if (shard !== undefined) await checkShardMark(table, location, shard);
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof TroupeError)) return false;
  const { code, details } = error;
  return code === "DATABASE_NEWER" || code === "SHARD_MISMATCH" || "column" in details;
}

/** {@link openTable} for a table that this process must not make. Undefined if there is none. */
export async function openIfThere<T extends TableName>(
  connection: Connection,
  name: T,
  options: OpenTableOptions,
): Promise<StoredTable<T> | undefined> {
  const found = await connection.openTable(name).catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw unusable(`${options.location}, table ${name}`, cause);
  });
  found?.close();
  return found && (await openTable(connection, name, options));
}

/** A table whose handle stays at its version, whoever commits. */
async function openAlone(connect: () => Promise<Connection>, name: TableName): Promise<Table> {
  const connection = await connect();
  try {
    return await connection.openTable(name);
  } finally {
    connection.close();
  }
}

/** Milliseconds for opening a table: a few small requests to the store. */
const OPEN_DEADLINE_MS = 30_000;

function lateOpening(): Error {
  return new Error(`it did not answer within ${OPEN_DEADLINE_MS / 1_000} s`);
}

/** Must run before the first read of a start: an unreadable fragment, or index, would make that fail. */
async function openWhole(
  connection: Connection,
  table: Table,
  options: TableUpgradeOptions,
): Promise<Table> {
  await mendIndices(table, options);
  if (await hasBrokenFile(options)) {
    options.onSetAside(await quarantineFragments(table, undefined, options));
  }
  return await upgradeTable(connection, table, options);
}

/**
 * A foreign program may have made the table. Tables that others may write are cast, and an append casts; a merge,
 * and so each row of `agent_state`, would be refused.
 */
async function checkTypes(
  table: Table,
  name: TableName,
  { location, log }: Pick<OpenTableOptions, "location" | "log">,
): Promise<void> {
  const { fields } = await table.schema();
  const mayBeNull: string[] = [];
  for (const expected of schemaOf(name).fields) {
    const field = fields.find((other) => other.name === expected.name);
    if (field === undefined) continue;
    const column = columnsOf(name)[field.name] as Column;
    const fit = fitOf(column, field.type);
    if (fit === "no" || (fit === "cast" && name === "agent_state")) {
      const fault = `column ${field.name} must be ${expected.type}, but is ${field.type}`;
      throw misfit(location, name, field.name, fault);
    }
    if (field.nullable && !expected.nullable) mayBeNull.push(field.name);
  }
  if (mayBeNull.length === 0) return;
  const columns = mayBeNull.join(", ");
  log.warn(
    { table: name, columns: mayBeNull },
    `${name} was made by another program; may be null: ${columns}`,
  );
}

/** Columns that may be null in this table, whatever they declare. */
async function findNullable(table: Table, name: TableName): Promise<ReadonlySet<string>> {
  const { fields } = await table.schema();
  const columns = columnsOf(name);
  return new Set(fields.filter((f) => f.nullable && f.name in columns).map((f) => f.name));
}

/** Lasting: another start finds the same column. */
function misfit(location: string, table: TableName, column: string, fault: string): TroupeError {
  const remedy = `give the column that type, or move ${table}.lance away: a start makes the table again, empty`;
  const text = `database ${location}, table ${table}: ${fault}; ${remedy}`;
  return new TroupeError("DATABASE_UNUSABLE", text, { details: { location, table, column } });
}

function unusable(what: string, cause: unknown): TroupeError {
  const why = briefCause(cause);
  const text = cause instanceof Error ? cause.message : "";
  // Shown next to the message otherwise: an object store's is long, and explained.
  const raw =
    explainStoreFault(text) === undefined
      ? { cause, details: { location: what } }
      : { details: { location: what, cause: cutText(text, CAUSE_CHARS_MAX) } };
  return new TroupeError("DATABASE_UNUSABLE", `database ${what}: ${why}`, raw);
}

const CAUSE_CHARS_MAX = 1_000;

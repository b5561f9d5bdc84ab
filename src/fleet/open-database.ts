/** The database of a fleet, opened next to the process that runs on it, if there is one. */

import { access } from "node:fs/promises";
import { join } from "node:path";
import { type AgentRow, statusAtRest } from "../model/agent.ts";
import type { DatabaseView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { findUnusable } from "../native-environment.ts";
import type { Settings } from "../settings/config.ts";
import type { LeftJournal } from "../store/journal/left-journal.ts";
import { variableForms } from "../store/lance/lance-settings.ts";
import { findOwner } from "../store/ownership/find-owner.ts";
import { journalPlace, localFolder, localStateFolder } from "../store/ownership/location.ts";
import { acquireLock, type LockHolder } from "../store/ownership/lock.ts";
import type { Store } from "../store/store.ts";

export interface DatabaseLocation {
  readonly location: string;
  /** The setting `TROUPE_LOCAL`. */
  readonly local: string | null;
  /** Options of its object store. */
  readonly storage: Settings["storageEnv"];
  /** The shard that it must be, if one is named. */
  readonly shard?: Shard;
}

export interface Database extends DatabaseLocation, AsyncDisposable {
  readonly store: Store;
  /** The journal of the process that ran last, as long as none runs. */
  readonly left: LeftJournal;
  /** The process that runs the agents of this database now, if one does. */
  findHolder(): Promise<LockHolder | undefined>;
}

/**
 * Opens the database that the settings name.
 * @throws {TroupeError} `DATABASE_NOT_FOUND` unless `createsIfMissing`, `DATABASE_UNUSABLE`,
 * `SHARD_MISMATCH`.
 */
export async function openDatabase(
  { db: location, local, storageEnv: storage, shard }: Settings,
  createsIfMissing = false,
): Promise<Database> {
  if (!createsIfMissing && !(await isDatabase(location))) throw notFound(location);
  return await openLocation({
    location,
    local,
    storage,
    ...defined({ shard: shard ?? undefined }),
  });
}

/**
 * Opens a database, and creates it if it is missing.
 * @throws {TroupeError} `DATABASE_UNUSABLE`, `SETTING_INVALID` for a variable with which LanceDB would end the
 * process.
 */
export async function openLocation(at: DatabaseLocation): Promise<Database> {
  // A command has dropped them; the environment of another program is its own.
  const fault = findUnusable(variableForms);
  if (fault !== undefined) {
    throw new TroupeError("SETTING_INVALID", `${fault}; LanceDB would end the process`);
  }
  const { openStore } = await import("../store/store.ts");
  const { LeftJournal } = await import("../store/journal/left-journal.ts");
  const { findDatabaseId } = await import("../store/lance/find-database-id.ts");
  const { location, local, storage } = at;
  let opened: Store | undefined;
  const findHolder = () => findOwner(at, async () => await opened?.supervisors.find());
  const folder = localStateFolder(location, local);
  const place = journalPlace(folder, location);
  const isOwned = async () => (await findHolder()) !== undefined;
  const findIdAt = (other: string) => findDatabaseId(other, storage);
  const database = () => ({ folder, place, id: opened?.id ?? "", findIdAt });
  const left = new LeftJournal({ folder, database, isOwned });
  const store = await openStore({ ...at, left });
  opened = store;
  return {
    ...at,
    store,
    left,
    findHolder,
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** False for a folder without tables. A database on an object store is assumed to exist. */
export async function isDatabase(location: string): Promise<boolean> {
  const folder = localFolder(location);
  if (folder === undefined) return true;
  return access(join(folder, "queue.lance")).then(
    () => true,
    () => false,
  );
}

/**
 * The row as it must be shown, because a row without a thread may say `running`: if no process runs, or if
 * an earlier one wrote the row and the present one has not brought the agent back yet. Once that serves, it
 * has: the rows of agents that rest stay as they were.
 */
export function effectiveRow<Row extends Pick<AgentRow, "epoch" | "status" | "paused">>(
  row: Row,
  holder: LockHolder | undefined,
): Row {
  const isBack = holder?.url !== undefined || row.epoch >= (holder?.epoch ?? 0);
  if (holder !== undefined && isBack) return row;
  return { ...row, status: statusAtRest(row.status, row.paused) };
}

/**
 * Compacts a database that no process runs on, and owns it meanwhile. Old versions are removed
 * immediately, however young.
 * @throws {TroupeError} `DATABASE_LOCKED`, `DATABASE_UNUSABLE`, `STORE_UNAVAILABLE`.
 */
export async function compactDatabase(database: Database): Promise<DatabaseView> {
  const { location, local, storage } = database;
  const { openStore } = await import("../store/store.ts");
  await using lock = await acquireLock(location, local);
  const claim = { lock, url: null, takesOver: false };
  await using own = await openStore({ location, storage, janitor: { versionsKeptMs: 0 }, claim });
  // Of this claim: agents that earlier processes left as running do not run, see effectiveRow.
  await lock.note({ epoch: own.epoch });
  await own.compact();
  return { location, tables: await own.stats() };
}

function notFound(location: string): TroupeError {
  const message = `no database was found at ${location}; \`troupe start\` or \`troupe agent create\` creates one`;
  return new TroupeError("DATABASE_NOT_FOUND", message, { details: { location } });
}

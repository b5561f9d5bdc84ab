/**
 * The database as a command sees it: opened beside whatever process runs on it, never made by
 * a command that only reads.
 * Everything heavy is imported here and late, so that help and usage errors cost nothing.
 */

import { access } from "node:fs/promises";
import { join } from "node:path";
import type { SettingSources, Settings } from "../config.ts";
import { type AgentRow, statusAtRest } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import type { DatabaseView } from "../model/view.ts";
import type { LockHolder } from "../store/lock.ts";
import type { Store } from "../store/store.ts";
import type { DatabaseOptions } from "./options.ts";

type SettingFlags = NonNullable<SettingSources["flags"]>;

export interface Database extends AsyncDisposable {
  readonly location: string;
  readonly store: Store;
  /** The process that runs the agents of this database now, if one does. */
  findHolder(): Promise<LockHolder | undefined>;
}

/**
 * Opens the database that `--db` or the settings name.
 * @throws {TroupeError} `DATABASE_NOT_FOUND` unless `isMaking`, `DATABASE_UNUSABLE`, `SETTING_…`.
 */
export async function openDatabase(
  options: DatabaseOptions,
  { isMaking = false }: { readonly isMaking?: boolean } = {},
): Promise<Database> {
  const { db: location } = await readSettings({ db: options.db });
  if (!isMaking && !(await isDatabase(location))) throw notFound(location);
  const { openStore } = await import("../store/store.ts");
  const { findLockHolder } = await import("../store/lock.ts");
  const store = await openStore({ location });
  return {
    location,
    store,
    findHolder: () => findLockHolder(location),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/**
 * Reads the settings, and provides what LanceDB reads when it is loaded: every command comes by
 * here before it loads anything of the store.
 * @param flags texts of the flags given, by the setting's name in the program
 */
export async function readSettings(flags: SettingFlags): Promise<Settings> {
  const { loadSettings, provideEnvironment } = await import("../config.ts");
  const { LANCE_ENVIRONMENT } = await import("../store/environment.ts");
  const settings = loadSettings({ flags });
  provideEnvironment(LANCE_ENVIRONMENT);
  return settings;
}

/** False for a folder that holds no tables. One on an object store is taken to be there. */
export async function isDatabase(location: string): Promise<boolean> {
  const { localFolder } = await import("../store/location.ts");
  const folder = localFolder(location);
  if (folder === undefined) return true;
  return access(join(folder, "queue.lance")).then(
    () => true,
    () => false,
  );
}

/**
 * No row may be shown as running without a thread: where nobody runs, and for rows that an earlier
 * process left and the present one has not brought back yet, it is shown as what it stands for.
 */
export function asSeen<Row extends Pick<AgentRow, "epoch" | "status" | "paused">>(
  row: Row,
  holder: LockHolder | undefined,
): Row {
  if (holder !== undefined && row.epoch >= (holder.epoch ?? 0)) return row;
  return { ...row, status: statusAtRest(row.status, row.paused) };
}

/**
 * Compacts a database that no process runs on, and keeps others from running on it meanwhile. What it
 * replaces goes at once, however young.
 * @throws {TroupeError} `DATABASE_LOCKED`, `DATABASE_UNUSABLE`, `STORE_UNAVAILABLE`.
 */
export async function compactDatabase({ location, store }: Database): Promise<DatabaseView> {
  const { openStore } = await import("../store/store.ts");
  const { acquireLock } = await import("../store/lock.ts");
  // An epoch of its own: what earlier processes left as running does not run, see asSeen.
  const epoch = (await store.agents.maxEpoch()) + 1;
  await using _lock = await acquireLock(location, { epoch });
  await using own = await openStore({ location, janitor: { versionsKeptMs: 0 } });
  await own.compact();
  return { location, tables: await own.stats() };
}

function notFound(location: string): TroupeError {
  const message = `there is no database at ${location}; \`troupe start\` or \`troupe agent create\` makes one`;
  return new TroupeError("DATABASE_NOT_FOUND", message, { details: { location } });
}

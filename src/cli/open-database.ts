/**
 * The database as a command sees it: opened beside whatever process runs on it, never made by
 * a command that only reads.
 * Everything heavy is imported here and late, so that help and usage errors cost nothing.
 */

import { access } from "node:fs/promises";
import { join } from "node:path";
import type { SettingSources, Settings } from "../config.ts";
import { type AgentRow, statusAtRest } from "../model/agent.ts";
import type { DatabaseView } from "../model/agent-view.ts";
import { TroupeError } from "../model/errors.ts";
import type { LockHolder } from "../store/ownership/lock.ts";
import type { Store } from "../store/store.ts";
import type { DatabaseOptions } from "./options.ts";
import { note } from "./text/terminal-output.ts";

type SettingFlags = NonNullable<SettingSources["flags"]>;

export interface Database extends AsyncDisposable {
  readonly location: string;
  /** The setting `TROUPE_LOCAL`. */
  readonly local: string | null;
  /** What its object store needs. */
  readonly storage: Settings["storageEnv"];
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
  const { db: location, local, storageEnv: storage } = await readSettings({ db: options.db });
  if (!isMaking && !(await isDatabase(location))) throw notFound(location);
  const { openStore } = await import("../store/store.ts");
  const { findLockHolder } = await import("../store/ownership/lock.ts");
  const store = await openStore({ location, storage });
  return {
    location,
    local,
    storage,
    store,
    findHolder: () => findLockHolder(location, local),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/**
 * Reads the settings, and provides what LanceDB reads when it is loaded: every command comes by
 * here before it loads anything of the store. A command that steers must work beside a typo in a setting
 * that it does not need, so that becomes a message.
 * @param flags texts of the flags given, by the setting's name in the program
 * @param isLenient false where every setting counts
 */
export async function readSettings(flags: SettingFlags, isLenient = true): Promise<Settings> {
  const { exemptLoopback, loadSettings, plainStorageEnvironment, provideEnvironment } =
    await import("../config.ts");
  const { LANCE_ENVIRONMENT } = await import("../store/lance/lance-settings.ts");
  const settings = loadSettings({ flags, isLenient });
  provideEnvironment({ ...LANCE_ENVIRONMENT, ...plainStorageEnvironment(settings) });
  exemptLoopback();
  if (isLenient) warnOnce(settings.warnings);
  return settings;
}

/** Warnings that were printed: commands read the settings more than once. */
const printed = new Set<string>();

function warnOnce(warnings: readonly string[]): void {
  const fresh = warnings.filter((warning) => !printed.has(warning));
  for (const warning of fresh) printed.add(warning);
  if (fresh.length > 0) note(`troupe: warning: ${fresh.join("; ")}`);
}

/** False for a folder that holds no tables. One on an object store is taken to be there. */
export async function isDatabase(location: string): Promise<boolean> {
  const { localFolder } = await import("../store/ownership/location.ts");
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
export function effectiveRow<Row extends Pick<AgentRow, "epoch" | "status" | "paused">>(
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
export async function compactDatabase(database: Database): Promise<DatabaseView> {
  const { location, local, storage, store } = database;
  const { openStore } = await import("../store/store.ts");
  const { acquireLock } = await import("../store/ownership/lock.ts");
  // An epoch of its own: what earlier processes left as running does not run, see asSeen.
  const epoch = (await store.agents.maxEpoch()) + 1;
  await using _lock = await acquireLock(location, { epoch }, local);
  await using own = await openStore({ location, storage, janitor: { versionsKeptMs: 0 } });
  await own.compact();
  return { location, tables: await own.stats() };
}

function notFound(location: string): TroupeError {
  const message = `there is no database at ${location}; \`troupe start\` or \`troupe agent create\` makes one`;
  return new TroupeError("DATABASE_NOT_FOUND", message, { details: { location } });
}

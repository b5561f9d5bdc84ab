/** The checks of `troupe doctor`, one function each. None of them throws or prints a secret. */

import { access, constants, statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import type { FleetPlace } from "../fleet/fleet-place.ts";
import type { Database } from "../fleet/open-database.ts";
import type { About } from "../model/agent-view.ts";
import { toErrorData } from "../model/errors.ts";
import { durationText } from "../picture/time-text.ts";
import type { Settings } from "../settings/config.ts";
import { placeOf, readSettings } from "./command-fleet.ts";
import { type Check, fail, failed, ok, warn } from "./doctor-check.ts";
import { checkJournal } from "./doctor-journal.ts";
import { checkLeases } from "./doctor-leases.ts";
import { checkModels, checkRuntime, describeServerModel, runtimeFault } from "./doctor-models.ts";
import { checkPrompts } from "./doctor-prompts.ts";
import type { FleetOptions } from "./options.ts";

/** Free bytes below which a disk is a warning, and below which it is a fault. */
const FREE_BYTES_WARN = 1024 ** 3;
const FREE_BYTES_MIN = 100 * 1024 ** 2;
/** Milliseconds after which a pending action next to a running supervisor is a warning. */
const PENDING_AGE_WARN_MS = 60_000;

/** Runs the checks; each is a precondition of the next ones. */
export async function* checkAll(options: FleetOptions): AsyncGenerator<Check> {
  yield ok("node", process.version);
  yield await checkSettings(options);
  let settings: Settings;
  try {
    settings = await readSettings({ db: options.db, fleet: options.fleet });
  } catch {
    return; // checkSettings has reported it.
  }
  yield* checkLeases(settings);
  const isSharded = settings.fleetFile !== null && options.url === undefined;
  const checks = isSharded ? checkShards(settings, options) : checkDatabase(settings, options);
  const isServed = yield* checks;
  if (!isServed) yield* checkStart(settings);
  const { folder } = await findFolder(settings.db);
  if (folder !== undefined) yield await checkDisk(folder);
}

/** All that a start needs besides the database. */
async function* checkStart(settings: Settings): AsyncGenerator<Check> {
  yield* checkModels(settings);
  yield await checkRuntime();
  yield* checkPrompts(settings);
  yield await checkAgents(settings);
}

/** @returns true if a server runs on it, which has given its own account */
async function* checkDatabase(
  settings: Settings,
  options: FleetOptions,
  place: FleetPlace = placeOf(options),
): AsyncGenerator<Check, boolean> {
  const { folder, isThere } = await findFolder(settings.db);
  yield await checkFolder(settings.db, folder, isThere);
  if (isThere) yield* checkTables(settings);
  else yield ok("tables", "none yet; the first start creates them");
  const about = yield* checkServer(place);
  if (about !== undefined) yield* serverChecks(about);
  return about !== undefined;
}

/** {@link checkDatabase} of each shard. */
async function* checkShards(
  settings: Settings,
  options: FleetOptions,
): AsyncGenerator<Check, boolean> {
  const { shardPlace } = await import("../fleet/shards/shard-place.ts");
  const { shards = 0, path = "" } = settings.fleetFile ?? {};
  yield ok("fleet", `${shards} shards, by ${path}`);
  let served = 0;
  for (let index = 0; index < shards; index += 1) {
    const place = await shardPlace(placeOf(options), index);
    const checks = checkDatabase(await place.readSettings(), options, place);
    for (;;) {
      const { done, value } = await checks.next();
      if (done === true) {
        served += value ? 1 : 0;
        break;
      }
      yield { ...value, name: `${index}/${shards} ${value.name}` };
    }
  }
  return served > 0;
}

/** The database's folder, or its nearest existing parent. */
async function findFolder(
  location: string,
): Promise<{ readonly folder: string | undefined; readonly isThere: boolean }> {
  const { isDatabase } = await import("../fleet/open-database.ts");
  const { localFolder } = await import("../store/ownership/location.ts");
  const isThere = await isDatabase(location);
  let folder = localFolder(location);
  while (folder !== undefined && !(await isAccessible(folder, constants.F_OK))) {
    if (folder === dirname(folder)) break;
    folder = dirname(folder);
  }
  return { folder, isThere };
}

async function checkFolder(
  location: string,
  folder: string | undefined,
  isThere: boolean,
): Promise<Check> {
  if (folder === undefined) return ok("database", `${location}, on an object store`);
  const { R_OK, W_OK, X_OK } = constants;
  if (!(await isAccessible(folder, R_OK | W_OK | X_OK))) {
    return fail("database", `${folder} cannot be read and written`, "change its owner or its mode");
  }
  if (isThere) return ok("database", `${location} can be read and written`);
  return warn("database", `none at ${location} yet`, "`troupe start` creates it");
}

/** The tables, the process that runs on them, the journal and the queue. */
async function* checkTables(settings: Settings): AsyncGenerator<Check> {
  const { openDatabase } = await import("../fleet/open-database.ts");
  let database: Database;
  try {
    database = await openDatabase(settings);
  } catch (thrown) {
    yield failed("tables", thrown, await tablesHint(settings.db));
    return;
  }
  await using open = database;
  yield ok("tables", "all can be opened");
  yield await checkSupervisor(open);
  const isWhole = yield* checkJournal(open);
  if (isWhole) yield await checkQueue(open);
}

/** An object store's fault has its own remedy. */
async function tablesHint(location: string): Promise<string> {
  const { localFolder } = await import("../store/ownership/location.ts");
  if (localFolder(location) === undefined) return "docs/object-stores.md has a table of errors";
  return "restore the folder from a backup, or name another with --db";
}

async function checkSupervisor(database: Database): Promise<Check> {
  try {
    const holder = await database.findHolder();
    if (holder === undefined) return ok("supervisor", "none runs on this database now");
    const { pid, host, url, epoch } = holder;
    const age = durationText(Date.now() - holder.started_at);
    const where = host === undefined || host === hostname() ? "" : ` on ${host}`;
    const address = url === undefined ? "" : ` at ${url}`;
    const start = epoch === undefined ? "" : `, epoch ${epoch}`;
    return ok("supervisor", `process ${pid}${where}${address}, alive, started ${age} ago${start}`);
  } catch (thrown) {
    return failed("supervisor", thrown, "check the lock file in the folder");
  }
}

/** The settings of this shell, which the next start from here would have. */
async function checkSettings(options: FleetOptions): Promise<Check> {
  try {
    await readSettings({ db: options.db, fleet: options.fleet }, false);
    return ok("settings", "of this shell: all known and in range");
  } catch (thrown) {
    return failed("settings", thrown, "correct it in the environment or in .env");
  }
}

/**
 * The server that is named, or that runs on the database; yields nothing if there is none.
 * @returns its account of itself
 */
async function* checkServer(place: FleetPlace): AsyncGenerator<Check, About | undefined> {
  const { findServer } = await import("../fleet/find-server.ts");
  try {
    const server = await findServer(place);
    if (server === undefined) return undefined;
    yield ok("server", `answers at ${server.source.url}, the token fits`);
    return await server.about();
  } catch (thrown) {
    const { code, message } = toErrorData(thrown);
    yield fail("server", `${code}: ${message}`, serverHint(code));
    return undefined;
  }
}

/** Models, types and settings of the server, which may differ from those of this shell. */
function* serverChecks({ model, models, model_fault, types, settings }: About): Generator<Check> {
  if (model_fault != null) yield runtimeFault(model_fault);
  else if (models === undefined) yield ok("model", `of the server: ${model}`);
  else yield* models.map(describeServerModel);
  if (types !== undefined) yield ok("agents", `of the server, types: ${types.join(", ")}`);
  if (settings !== undefined) yield ok("source", `of the server's settings: ${settings}`);
}

function serverHint(code: string): string {
  if (code === "TOKEN_REQUIRED") return "give its token with --token or TROUPE_TOKEN";
  if (code === "TOKEN_FILE_UNUSABLE") return "correct the file, or set TROUPE_TOKEN";
  return CHECK_LOG;
}

const CHECK_LOG = "check the supervisor's log";

async function checkQueue(database: Database): Promise<Check> {
  try {
    const { queue } = database.store;
    const now = Date.now();
    const count = await queue.countPending();
    const [oldest] = await queue.findPending({ now, limit: 1 });
    if (count === 0 || oldest === undefined) return ok("queue", `pending actions: ${count}`);
    const ageMs = now - oldest.created_at;
    const message = `pending actions: ${count}; the oldest due one is ${durationText(ageMs)} old`;
    if ((await database.findHolder()) === undefined) {
      return warn("queue", message, "`troupe start` carries them out");
    }
    if (ageMs < PENDING_AGE_WARN_MS) return ok("queue", message);
    return warn("queue", message, CHECK_LOG);
  } catch (thrown) {
    return failed("queue", thrown, CHECK_LOG);
  }
}

async function checkAgents(settings: Settings): Promise<Check> {
  const { agentRights } = await import("../settings/config.ts");
  const { readCatalog } = await import("../supervisor/catalog/catalog-reader.ts");
  try {
    const { types, problems } = await readCatalog(settings.agents, agentRights(settings));
    const [problem] = problems;
    if (problem !== undefined) {
      return failed("agents", problem, `${problems.length} modules cannot be used; correct them`);
    }
    return ok("agents", `of this shell, types: ${types.map(({ name }) => name).join(", ")}`);
  } catch (thrown) {
    return failed("agents", thrown, "correct TROUPE_AGENTS");
  }
}

async function checkDisk(folder: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const message = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
    if (free >= FREE_BYTES_WARN) return ok("disk", message);
    return (free >= FREE_BYTES_MIN ? warn : fail)("disk", message, "free space before it is full");
  } catch (thrown) {
    return failed("disk", thrown, "is the disk mounted?");
  }
}

function isAccessible(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

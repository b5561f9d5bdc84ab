/**
 * Opens the tables of a database. The process that runs it claims it first, as soon as the layout is known
 * to be one that this Troupe understands.
 */

import type { Connection } from "@lancedb/lancedb";
import type { TroupeError } from "../model/errors.ts";
import type { TableName } from "./lance/columns.ts";
import {
  checkIdentity,
  makeSession,
  type OpenTableOptions,
  openConnection,
  openIfThere,
  openTable,
} from "./lance/connection.ts";
import type { SetAside } from "./lance/fragment-quarantine.ts";
import { LAYOUT_COLUMN } from "./lance/layout.ts";
import { sealTable } from "./lance/seal.ts";
import { StoreHealth } from "./lance/store-health.ts";
import type { StoredTable } from "./lance/stored-table.ts";
import { Claim } from "./ownership/claim.ts";
import { Fence } from "./ownership/fence.ts";
import { localFolder } from "./ownership/location.ts";
import { removeStaleTempFiles } from "./ownership/stale-temp-files.ts";
import { silentLog } from "./store-log.ts";
import type { StoreOptions } from "./store-options.ts";
import { findMaxEpoch } from "./tables/agent-table.ts";
import { SupervisorTable } from "./tables/supervisor-table.ts";

export interface Tables {
  readonly queue: StoredTable<"queue">;
  readonly configs: StoredTable<"agents_config">;
  readonly agents: StoredTable<"agent_state">;
  readonly steps: StoredTable<"agent_steps">;
  readonly effects: StoredTable<"agent_effects">;
  /** Undefined if no process has claimed the database yet. */
  readonly supervisors: StoredTable<"supervisors"> | undefined;
}

export type AnyTable = NonNullable<Tables[keyof Tables]>;

export interface OpenTables {
  /** The database's own; empty in a database that no process has run yet. */
  readonly id: string;
  readonly connections: Connections;
  readonly health: StoreHealth;
  readonly fence: Fence;
  readonly tables: Tables;
  readonly claims: SupervisorTable;
}

export function listTables(tables: Tables): readonly AnyTable[] {
  return (Object.values(tables) as readonly Tables[keyof Tables][]).filter(
    (table) => table !== undefined,
  );
}

interface Connections {
  readonly shared: Connection;
  /** For the tables {@link OWN}, in the process that owns the database: its handles stay at their version. */
  readonly own: Connection | undefined;
}

/**
 * Tables that the owner alone writes; a takeover must know the last commit of the earlier process. On an object
 * store their handles do not look for newer versions. On a folder that look costs a fraction of a millisecond,
 * and finds what other programs may have done: reads look by themselves, and each write before its check of the
 * claim (lance/own-writer.ts).
 */
const OWN: readonly TableName[] = ["agent_state", "agent_steps", "agent_effects"];

/** @throws {TroupeError} as `openStore`. */
export async function openTables(options: StoreOptions): Promise<OpenTables> {
  const { location, storage = {}, shard, log = silentLog } = options;
  const connections = await connectTo(options);
  const { shared } = connections;
  const health = new StoreHealth(log);
  const fence = new Fence();
  const repair = options.janitor !== undefined;
  const folder = localFolder(location);
  if (repair && folder !== undefined) await removeStaleTempFiles(folder, Date.now());
  let id = "";
  const onId = (found: string) => {
    id = found;
  };
  const ownConnection = (name: TableName) => (OWN.includes(name) ? connections.own : undefined);
  const common = { location, storage, log, repair, shard, onId };
  const optionsOf = (name: TableName): OpenTableOptions => {
    const own = ownConnection(name);
    const ownership = folder === undefined ? { confirm: own && fence.confirm } : { writers: own };
    return { ...common, observer: observe(name, health, fence), ...ownership };
  };
  const open: Opening["open"] = (name) => {
    const connection = folder === undefined ? ownConnection(name) : undefined;
    return openTable(connection ?? shared, name, optionsOf(name));
  };
  const openClaims = () => openIfThere(shared, "supervisors", optionsOf("supervisors"));
  try {
    const claimed = await claimDatabase({ connection: shared, open, fence }, options);
    // First: it has the version of the layout, and a newer database must not be changed.
    const agents = await open("agent_state");
    const [queue, configs, steps, effects, supervisors] = await allEnded([
      open("queue"),
      open("agents_config"),
      open("agent_steps"),
      open("agent_effects"),
      claimed === undefined ? openClaims() : Promise.resolve(claimed),
    ]);
    const tables = { queue, configs, agents, steps, effects, supervisors };
    await fence.claim?.raiseAbove(await findMaxEpoch(agents));
    // A table that a power cut leaves without any version cannot be opened again.
    if (repair) await Promise.all(listTables(tables).map((table) => table.sync()));
    const claims = new SupervisorTable(openClaims, supervisors);
    return { id, connections, health, fence, tables, claims };
  } catch (error) {
    await abandon({ connections, fence });
    throw error;
  }
}

/** After an error: the claim is released, so that the next start need not take it. */
export async function abandon({
  connections,
  fence,
}: Pick<OpenTables, "connections" | "fence">): Promise<void> {
  await fence.claim?.release();
  closeConnections(connections);
}

export function closeConnections({ shared, own }: Connections): void {
  shared.close();
  own?.close();
}

async function connectTo({ location, storage, claim }: StoreOptions): Promise<Connections> {
  const session = makeSession();
  const shared = await openConnection(location, storage, false, session);
  const own = claim && (await openConnection(location, storage, true, session));
  return { shared, own };
}

interface Opening {
  readonly connection: Connection;
  readonly open: <T extends TableName>(name: T) => Promise<StoredTable<T>>;
  readonly fence: Fence;
}

async function claimDatabase(
  { connection, open, fence }: Opening,
  { location, shard, claim: request }: StoreOptions,
): Promise<StoredTable<"supervisors"> | undefined> {
  if (request === undefined) return undefined;
  await checkBefore(connection, location, shard);
  const table = await open("supervisors");
  const claims = new SupervisorTable(async () => table, table);
  const place = { location, table: claims, onLost: fence.close };
  fence.claim = await Claim.make(place, request);
  await fence.claim.outlast();
  if (fence.claim.isTakeover) await Promise.all(OWN.map((name) => sealTable(connection, name)));
  return table;
}

/** @throws {TroupeError} `DATABASE_NEWER`, `SHARD_MISMATCH`. */
async function checkBefore(
  connection: Connection,
  location: string,
  shard: StoreOptions["shard"],
): Promise<void> {
  const table = await connection.openTable(LAYOUT_COLUMN.table).catch(() => undefined);
  if (table === undefined) return; // It is missing, or `open` repairs or reports it.
  await checkIdentity(table, location, shard);
  table.close();
}

function observe(name: TableName, health: StoreHealth, fence: Fence): OpenTableOptions["observer"] {
  return {
    refusal: () => fence.lostBy,
    admit: fence.admit,
    onStored: () => health.stored(name),
    onFailed: (error: TroupeError) => health.failed(name, error),
    onRead: () => health.read(name),
    onUnread: (error: TroupeError) => health.unread(name, error),
    onHang: (isHung: boolean) => health.hang(name, isHung),
    isHung: () => health.isHung,
    onSetAside: (found: SetAside) => health.tookAside(found),
  };
}

/** As `Promise.all`, but nothing runs any longer when it rejects: the connection can be closed. */
async function allEnded<T extends readonly Promise<unknown>[]>(running: readonly [...T]) {
  await Promise.allSettled(running);
  return await Promise.all(running);
}

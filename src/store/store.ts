/** The database as the rest of Troupe sees it: four tables behind one door, opened and closed together. */

import { join } from "node:path";
import type { Connection } from "@lancedb/lancedb";
import { AgentTable } from "./agent-table.ts";
import { ConfigTable } from "./config-table.ts";
import { localFolder, openConnection, openTable } from "./connection.ts";
import { JANITOR_LIMITS, Janitor, type JanitorLimits } from "./janitor.ts";
import { type StoreLog, silentLog } from "./log.ts";
import { QueueTable } from "./queue-table.ts";
import { StepTable } from "./step-table.ts";
import type { StoredTable } from "./stored-table.ts";

export interface StoreOptions {
  /** A folder, or a URI such as `s3://bucket/path`. */
  readonly location: string;
  readonly log?: StoreLog;
  /**
   * Makes this process the one that compacts. Only for the process that holds the lock: compaction
   * beside another process's updates makes one of the two lose. `{}` means the defaults.
   */
  readonly janitor?: Partial<JanitorLimits>;
}

export interface Store extends AsyncDisposable {
  readonly location: string;
  readonly queue: QueueTable;
  /** The table `agent_state`. */
  readonly agents: AgentTable;
  /** The table `agent_steps`. */
  readonly steps: StepTable;
  /** The table `agents_config`. */
  readonly configs: ConfigTable;
  /** Compacts all tables now. Does nothing in a process that has no janitor. */
  compact(): Promise<void>;
  /** Stores what was accepted, then closes; what comes later is refused. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens the database, makes what is missing and adds columns to older tables.
 * @throws {TroupeError} `DATABASE_UNUSABLE`, which names location and cause.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { location, log = silentLog } = options;
  const connection = await openConnection(location);
  const open = { location, log };
  try {
    const queue = await openTable(connection, "queue", open);
    const configs = await openTable(connection, "agents_config", open);
    const agents = await openTable(connection, "agent_state", open);
    const steps = await openTable(connection, "agent_steps", open);
    return assemble(connection, { queue, configs, agents, steps }, options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

interface Tables {
  readonly queue: StoredTable<"queue">;
  readonly configs: StoredTable<"agents_config">;
  readonly agents: StoredTable<"agent_state">;
  readonly steps: StoredTable<"agent_steps">;
}

function assemble(connection: Connection, tables: Tables, options: StoreOptions): Store {
  const { location, log = silentLog } = options;
  const all = Object.values(tables) as readonly Tables[keyof Tables][];
  const folder = localFolder(location);
  const queue = new QueueTable(tables.queue, folder && join(folder, "queue.lance", "_versions"));
  const agents = new AgentTable(tables.agents, tables.steps);
  const janitor =
    options.janitor && new Janitor(all, { ...JANITOR_LIMITS, ...options.janitor }, log);

  const closeAll = async () => {
    await Promise.all([queue.close(), agents.close()]);
    await janitor?.[Symbol.asyncDispose]();
    await Promise.all(all.map((table) => table.close()));
    connection.close();
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  return {
    location,
    queue,
    agents,
    steps: new StepTable(tables.steps),
    configs: new ConfigTable(tables.configs),
    compact: async () => janitor?.sweep(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

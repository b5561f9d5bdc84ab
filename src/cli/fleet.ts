/**
 * The fleet as commands see it: through the server that runs it, or, where none does, through the
 * tables of its database. Commands do not know which.
 */

import type {
  ActionFilter,
  AgentFilter,
  ListPage,
  PageRequest,
  TroupeClient,
} from "../client/connect.ts";
import type { Address } from "../client/server-address.ts";
import type { ActionView, AgentView, DatabaseView, ListedAgent } from "../model/agent-view.ts";
import { TroupeError } from "../model/errors.ts";
import type { StepRow } from "../model/step.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { QueueVerbs } from "../queue/verbs.ts";
import type { LockHolder } from "../store/ownership/lock.ts";
import { readSettings } from "./open-database.ts";
import type { FleetOptions } from "./options.ts";
import { note } from "./text/terminal-output.ts";
import type { WatchPrinter } from "./watch-printer.ts";

export interface Fleet extends AsyncDisposable {
  /** Takes what is asked for, and knows how it ended. */
  readonly verbs: QueueVerbs;
  /** What becomes of what is asked for: `queued at …`. */
  readonly destination: string;
  /** What a reader must know of what is shown; undefined where it is live. */
  readonly caveat: string | undefined;
  agentPage(options: AgentFilter & PageRequest): Promise<ListPage<ListedAgent>>;
  agentFind(agentId: string): Promise<AgentView | undefined>;
  /** @throws {TroupeError} `AGENT_UNKNOWN`. */
  stepPage(agentId: string, options: PageRequest): Promise<ListPage<StepRow>>;
  actionPage(options: ActionFilter & PageRequest): Promise<ListPage<ActionView>>;
  types(): Promise<readonly TypeView[]>;
  /** @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `SETTING_INVALID`. */
  typeSet(name: string, change: SettingsChange): Promise<TypeView>;
  database(): Promise<DatabaseView>;
  /**
   * Compacts all tables, and tells how large they are then.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; `DATABASE_LOCKED` without a server, where a process
   * runs on the database all the same.
   */
  databaseCompact(): Promise<DatabaseView>;
  /**
   * Has what happens printed, to one agent or to all, until `signal`.
   * @throws {TroupeError} `AGENT_UNKNOWN`.
   */
  watch(agentId: string | undefined, printer: WatchPrinter, signal: AbortSignal): Promise<void>;
}

/**
 * The server at `--url`, else the one that runs the agents of the database, else its tables.
 * @param isMaking true where the database is made if there is none
 * @throws {TroupeError} `SERVER_…`, `TOKEN_REQUIRED`, `DATABASE_…`, `SETTING_…`
 */
export async function openFleet(
  options: FleetOptions,
  { isMaking = false }: { readonly isMaking?: boolean } = {},
): Promise<Fleet> {
  const server = await findServer(options);
  if (server !== undefined) {
    const { ServerFleet } = await import("./server-fleet.ts");
    return new ServerFleet(server);
  }
  const { openTableFleet } = await import("./table-fleet.ts");
  return await openTableFleet(options, isMaking);
}

/** A server that answers. */
export interface Server {
  readonly client: TroupeClient;
  /** Where it was when it was found. */
  readonly url: string;
  /** The process that its database names; undefined for one that was named by its address. */
  readonly pid: number | undefined;
}

/**
 * The server that commands speak to; undefined where none was named and none serves the database.
 * @throws {TroupeError} `SERVER_UNREACHABLE` for one that was named and does not answer.
 */
export async function findServer(options: FleetOptions): Promise<Server | undefined> {
  if (options.url !== undefined) return await serverAt(options.url, options);
  const { db, local } = await readSettings({ db: options.db });
  const { findLockHolder } = await import("../store/ownership/lock.ts");
  const holder = await findLockHolder(db, local);
  if (holder?.url === undefined) return undefined;
  try {
    return await serverOf(() => findLockHolder(db, local), holder, options);
  } catch (error) {
    const { isUnreachable } = await import("../client/requests.ts");
    if (!isUnreachable(error)) throw error;
    note(`process ${holder.pid} does not answer at ${holder.url}; it may be starting or ending`);
    return undefined;
  }
}

/** The same, for commands that are nothing without a server. */
export async function getServer(options: FleetOptions): Promise<Server> {
  const server = await findServer(options);
  if (server !== undefined) return server;
  const { db } = await readSettings({ db: options.db });
  const message = `no server runs on ${db}; \`troupe start\` starts one, or name another with --db or --url`;
  throw new TroupeError("SERVER_UNREACHABLE", message, { details: { location: db } });
}

async function serverAt(text: string, options: FleetOptions): Promise<Server> {
  const { parseAddress } = await import("../client/server-address.ts");
  const given = parseAddress(text, options.token);
  const token = given.token ?? (await findToken(options));
  if (token === undefined) {
    const message = `${given.url} needs a token: give it with --token or TROUPE_TOKEN`;
    throw new TroupeError("TOKEN_REQUIRED", message, { details: { url: given.url } });
  }
  const address = { url: given.url, token };
  return await reach(async () => address, address.url, undefined);
}

/** It is looked for anew before each request, so that one that is started again is found again. */
async function serverOf(
  find: () => Promise<LockHolder | undefined>,
  holder: LockHolder,
  options: FleetOptions,
): Promise<Server> {
  let url = holder.url ?? "";
  const locate = async (): Promise<Address> => {
    url = (await find())?.url ?? url;
    return { url, token: await findToken(options) };
  };
  return await reach(locate, url, holder.pid);
}

/** Asks for something small, so that what is wrong is known before anything is begun. */
async function reach(
  locate: () => Promise<Address>,
  url: string,
  pid: number | undefined,
): Promise<Server> {
  const { TroupeClient } = await import("../client/connect.ts");
  const client = new TroupeClient(locate);
  await client.actionPage({ limit: 1 });
  return { client, url, pid };
}

/** The token given, else the one set, else the one kept beside the database. */
async function findToken(options: FleetOptions): Promise<string | undefined> {
  if (options.token !== undefined) return options.token;
  const { db, local, token } = await readSettings({ db: options.db });
  if (token !== null) return token;
  const { readToken, tokenPath } = await import("../control/access/token-file.ts");
  const { localStateFolder } = await import("../store/ownership/location.ts");
  return await readToken(tokenPath(localStateFolder(db, local)));
}

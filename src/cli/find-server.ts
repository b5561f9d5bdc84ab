/** Finds the server that commands speak to: by its address, or by the database that it serves. */

import type { TroupeClient } from "../client/connect.ts";
import type { Address } from "../client/server-address.ts";
import { TroupeError } from "../model/errors.ts";
import type { LockHolder } from "../store/ownership/lock.ts";
import { readSettings } from "./open-database.ts";
import type { FleetOptions } from "./options.ts";
import { note } from "./text/terminal-output.ts";

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

/** The address is read again before each request, so that a restarted server is found. */
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

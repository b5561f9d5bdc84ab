/** Finds the server of a fleet: by its address, or by the database that it serves. */

import { TroupeError } from "../model/errors.ts";
import { localFolder } from "../store/ownership/location.ts";
import type { LockHolder } from "../store/ownership/lock-note.ts";
import { isVisible } from "../store/ownership/process-identity.ts";
import type { FleetPlace } from "./fleet-place.ts";
import { isUnreachable } from "./requests.ts";
import { type Address, parseAddress } from "./server-address.ts";
import { ServerFleet } from "./server-fleet.ts";

/**
 * The server of a fleet; undefined if none is named and none serves the database.
 * @throws {TroupeError} `SERVER_UNREACHABLE` for one that is named and does not answer.
 */
export async function findServer(place: FleetPlace): Promise<ServerFleet | undefined> {
  if (place.url !== undefined) return await serverAt(place.url, place);
  const { findOwner } = await import("../store/ownership/find-owner.ts");
  const { db: location, local, storageEnv: storage } = await place.readSettings();
  const owned = { location, local, storage };
  const holder = await findOwner(owned);
  if (holder?.url === undefined) return undefined;
  const { pid, host } = holder;
  if (await isElsewhere(holder, location)) {
    place.warn?.(
      `process ${pid} on ${host} listens at ${holder.url}, which only that machine reaches`,
    );
    return undefined;
  }
  let { url } = holder;
  let foundAt = performance.now();
  // Found again before a request, so that a server that was restarted is found.
  const locate = async (isRetry: boolean): Promise<Address> => {
    if (isRetry || performance.now() - foundAt > maxAgeMs(location)) {
      url = (await findOwner(owned))?.url ?? url;
      foundAt = performance.now();
    }
    return { url, token: await findToken(place) };
  };
  try {
    return await reach(new ServerFleet({ url, pid }, locate));
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    place.warn?.(`process ${pid} does not answer at ${url}; it may be starting or ending`);
    return undefined;
  }
}

/** Milliseconds that an address is believed: on an object store it costs several requests to read. */
function maxAgeMs(location: string): number {
  return localFolder(location) === undefined ? 5_000 : 0;
}

/** True if its address means another server here, or none. The ports of a container may lead to it. */
async function isElsewhere({ url, ...holder }: LockHolder, location: string): Promise<boolean> {
  const name = URL.parse(url ?? "")?.hostname ?? "";
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name);
  return isLocal && localFolder(location) === undefined && !(await isVisible(holder));
}

/** {@link findServer} for callers that need one. @throws {TroupeError} `SERVER_UNREACHABLE` without one. */
export async function getServer(place: FleetPlace): Promise<ServerFleet> {
  const server = await findServer(place);
  if (server !== undefined) return server;
  const { db } = await place.readSettings();
  const message = `no server runs on ${db}; \`troupe start\` starts one, or name another with --db or --url`;
  throw new TroupeError("SERVER_UNREACHABLE", message, { details: { location: db } });
}

async function serverAt(text: string, place: FleetPlace): Promise<ServerFleet> {
  const given = parseAddress(text, place.token);
  const token = given.token ?? (await findToken(place));
  if (token === undefined) {
    const message = `${given.url} needs a token: give it with --token or TROUPE_TOKEN`;
    throw new TroupeError("TOKEN_REQUIRED", message, { details: { url: given.url } });
  }
  const address = { url: given.url, token };
  return await reach(new ServerFleet(address, async () => address));
}

/** Makes a small request, so that a problem is known before anything is started. */
async function reach(server: ServerFleet): Promise<ServerFleet> {
  await server.actionPage({ limit: 1 });
  return server;
}

/** The token given, else the one in the settings, else the one kept with the database. */
async function findToken(place: FleetPlace): Promise<string | undefined> {
  if (place.token !== undefined) return place.token;
  const { db, local, token } = await place.readSettings();
  if (token !== null) return token;
  const { readToken, tokenPath } = await import("../control/access/token-file.ts");
  const { localStateFolder } = await import("../store/ownership/location.ts");
  return await readToken(tokenPath(localStateFolder(db, local)));
}

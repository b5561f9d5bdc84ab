/** `connect()`: a client of a server, or of all servers of a fleet of shards. */

import { TroupeError } from "../model/errors.ts";
import { invalid, readFleetFile } from "../settings/read-fleet-file.ts";
import { findOptionFault } from "./option-fault.ts";
import { parseAddress } from "./server-address.ts";
import { ServerFleet } from "./server-fleet.ts";
import { ShardedFleet } from "./shards/sharded-fleet.ts";

export interface ConnectOptions {
  /** Bearer token of the server; by default the one in the address, if there is one. */
  readonly token?: string | undefined;
}

export interface ConnectFleetOptions {
  /** Path of the `fleet.json`, which must have the servers' addresses. */
  readonly fleet: string;
  /** Bearer token, the same for all servers. */
  readonly token?: string | undefined;
  /**
   * Takes what the other shards answered if one cannot be used, and receives the error that names it.
   * Without it such a read fails.
   */
  readonly onUnreached?: (error: TroupeError) => void;
}

/**
 * A client of the server at `url`, for instance `http://127.0.0.1:7878`, or the address with the
 * token in it that `troupe start` prints; or of all shards of a fleet, which are used as one.
 * @throws {TroupeError} `SERVER_URL_INVALID`, `FLEET_INVALID`, `SETTING_INVALID`, `SETTING_UNKNOWN`.
 */
export function connect(url: string, options?: ConnectOptions): ServerFleet;
export function connect(options: ConnectFleetOptions): ShardedFleet;
export function connect(
  place: string | ConnectFleetOptions,
  options: ConnectOptions = {},
): ServerFleet | ShardedFleet {
  if (typeof place === "string") {
    checkOptions(options, { token: "text" });
    return connectServer(place, options.token);
  }
  if (typeof place?.fleet === "string") {
    checkOptions(place, { fleet: "text", token: "text", onUnreached: "a function" });
    return connectShards(place);
  }
  throw new TroupeError(
    "SERVER_URL_INVALID",
    `connect takes a server's address as text, or { fleet } with the path of a fleet.json, got ${kindOf(place)}`,
  );
}

type Forms = Readonly<Record<string, "text" | "a function">>;

/** @throws {TroupeError} `SETTING_INVALID`, `SETTING_UNKNOWN`; neither has a value, which may be a token. */
function checkOptions(options: object, forms: Forms): void {
  const fault = findOptionFault(options, Object.keys(forms), kindOf);
  if (fault !== undefined) {
    throw refused(fault.kind === "object" ? "SETTING_INVALID" : "SETTING_UNKNOWN", fault.text);
  }
  for (const [name, value] of Object.entries(options)) {
    const form = forms[name];
    if (value === undefined) continue;
    if (typeof value !== (form === "text" ? "string" : "function")) {
      throw refused("SETTING_INVALID", `option ${name} must be ${form}, got ${kindOf(value)}`);
    }
  }
}

function refused(code: "SETTING_INVALID" | "SETTING_UNKNOWN", what: string): TroupeError {
  return new TroupeError(code, `connect: ${what}`);
}

/** `URL`, `Undefined` and the like: the value itself may have a token. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function connectServer(url: string, token: string | undefined): ServerFleet {
  const address = parseAddress(url, token);
  return new ServerFleet(address, async () => address);
}

function connectShards({ fleet, token, onUnreached }: ConnectFleetOptions): ShardedFleet {
  const { shards, addresses, path } = readFleetFile(fleet);
  if (addresses === undefined) {
    throw invalid(path, "must have address or addresses, so that a client finds the servers");
  }
  const clients = addresses.map((address) => connectServer(address, token));
  const open = async (index: number) => clients[index] as ServerFleet;
  return new ShardedFleet({ shards, location: path, open, onUnreached });
}

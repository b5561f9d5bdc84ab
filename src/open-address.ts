/** Opens the server's address, with as many connections as the machine has room for. */

import { type Address, listenAt } from "./control/http/listener.ts";
import { SERVER_LIMITS } from "./control/http/server-limits.ts";
import type { HeartOrders } from "./fleet-start.ts";
import type { Settings } from "./settings/config.ts";
import { connectionsFor } from "./supervisor/guard/capacity.ts";
import { readMachineLimits } from "./supervisor/guard/machine-limits.ts";

/** @throws {TroupeError} `ADDRESS_UNAVAILABLE`. */
export async function openAddress(
  settings: Pick<Settings, "host" | "port">,
  { port: portBefore, onListening }: HeartOrders,
): Promise<Address> {
  const machine = readMachineLimits(Number.POSITIVE_INFINITY);
  const connectionsMax = connectionsFor(machine, SERVER_LIMITS.connectionsMax);
  const address = await listenAt({ ...settings, limits: { connectionsMax }, portBefore });
  onListening?.(address.port);
  return address;
}

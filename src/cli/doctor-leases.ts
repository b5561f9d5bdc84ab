/** The check of the leases: whether their engine answers, and which shards have a process. */

import type { Settings } from "../settings/config.ts";
import { type Check, failed, ok, warn } from "./doctor-check.ts";

/** Shards that a message names. */
const NAMED_MAX = 8;

export async function* checkLeases(settings: Settings): AsyncGenerator<Check> {
  if (settings.leases === null) return;
  const { readVariables } = await import("../settings/config.ts");
  const { holderName, LEASE_VARIABLES, openLeases } = await import("../leases/open-leases.ts");
  const { candidatesOf } = await import("../standby.ts");
  try {
    const variables = readVariables(settings, LEASE_VARIABLES);
    await using leases = await openLeases(settings.leases, holderName(), variables);
    const standings = await leases.find(candidatesOf(settings));
    const free = standings.filter(({ state }) => state === "free").map(({ shard }) => shard);
    const taken = standings.length - free.length;
    const message = `${leases.name}: ${taken} of ${standings.length} leases have a process`;
    if (free.length === 0) yield ok("leases", message);
    else {
      const more = free.length > NAMED_MAX ? ", …" : "";
      const named = `; free: ${free.slice(0, NAMED_MAX).join(", ")}${more}`;
      yield warn("leases", message + named, "start as many processes as there are shards");
    }
  } catch (thrown) {
    yield failed("leases", thrown, "check TROUPE_LEASES; processes that have a shard continue");
  }
}

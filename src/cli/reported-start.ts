/**
 * The start of the fleet for `troupe start`, after the wait for a lease if there are leases. A failure is reported
 * to the heart, which must know whether to try again.
 */

import type { HeartOrders } from "../fleet-start.ts";
import type { HeartLink, News, Orders } from "../heart/heart-link.ts";
import type { StopSignal } from "../heart/stop-signal.ts";
import type { StartOptions, Troupe } from "../main.ts";
import type { ErrorCode } from "../model/error-codes.ts";
import { TroupeError } from "../model/errors.ts";
import type { Settings } from "../settings/config.ts";

type Log = Parameters<typeof import("../main.ts").startTroupe>[1];

/** Codes of errors after which a start must not be retried automatically. */
const refusals: ReadonlySet<string> = new Set<ErrorCode>([
  "SETTING_INVALID",
  "SETTING_UNKNOWN",
  "TOKEN_FILE_UNUSABLE",
  "ADDRESS_UNAVAILABLE",
  "DATABASE_NEWER",
  "SYSTEM_UNUSABLE",
  "SHARD_MISMATCH",
  "JOURNAL_DAMAGED",
  "JOURNAL_MISMATCH",
  "FLEET_INVALID",
]);

export interface StartParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly orders: Orders | undefined;
  readonly heart: HeartLink | undefined;
  readonly stop: StopSignal;
}

export interface Started {
  readonly troupe: Troupe;
  /** The settings that it runs with: those of its shard. */
  readonly place: Settings;
  readonly lease: StartOptions["lease"];
}

/** Undefined if it was stopped while it waited for a lease. */
export async function startReported(
  parts: StartParts,
  takesOver: boolean,
): Promise<Started | undefined> {
  const { settings, log, orders, heart } = parts;
  const { startTroupe } = await import("../main.ts");
  const given = {
    stepMarksFd: orders?.stepMarksFd ?? undefined,
    safeMode: orders?.safeMode ?? undefined,
    port: orders?.port ?? undefined,
    onListening: (port: number) => heart?.send({ port }),
  };
  let options: StartOptions & { readonly settings?: Settings } = { takesOver };
  try {
    if (settings.leases !== null) {
      const held = await awaitShard(parts, settings.leases, given);
      if (held === undefined) return undefined;
      options = held;
    }
    const place = options.settings ?? settings;
    return { troupe: await startTroupe(place, log, given, options), place, lease: options.lease };
  } catch (error) {
    const news = newsOf(error, settings.leases !== null, options.takesOver === true);
    if (news !== undefined) heart?.send(news);
    throw error;
  }
}

async function awaitShard(parts: StartParts, url: string, given: HeartOrders) {
  const { settings, log, orders, heart, stop } = parts;
  const { standBy } = await import("../standby.ts");
  const stopping = new AbortController();
  stop.requested.then(
    () => stopping.abort(),
    () => undefined,
  );
  const options = {
    ...given,
    holder: orders?.holder,
    shardBefore: orders?.shard ?? undefined,
    onShard: (shard: number) => heart?.send({ shard }),
  };
  return await standBy({ settings, url, log }, options, stopping.signal);
}

/** What the heart must know of a start that has failed. */
function newsOf(error: unknown, hasLeases: boolean, takesOver: boolean): News | undefined {
  if (!(error instanceof TroupeError)) return undefined;
  const { code, details } = error;
  if (code === "DATABASE_LOST") return hasLeases ? "displaced" : "locked";
  if (code === "DATABASE_LOCKED") {
    if (!hasLeases) return "locked";
    // Started while no engine answered, and another process was faster. With a lease, another process
    // on this machine has the same TROUPE_LOCAL: a fault that may pass.
    return takesOver ? undefined : "displaced";
  }
  // A column of a table that no start can read.
  const isUnfit = code === "DATABASE_UNUSABLE" && details["column"] !== undefined;
  return refusals.has(code) || isUnfit ? "refused" : undefined;
}

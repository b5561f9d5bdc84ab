/**
 * The start of a process under leases (`TROUPE_LEASES`): it opens its address, waits until it has the
 * lease of a shard, and keeps it from then on. Until then it is a spare: alive, and not ready.
 *
 * The wait is in the program and not in the heart, which loads no engine: so a spare answers `/healthz`,
 * and the heart restarts it like any other process.
 *
 * All processes of one heart have one name, so a restarted program has its lease again immediately. The
 * heart also passes on which shard it was: while the engine does not answer, the program starts there by
 * an ordinary claim. The number of shards is that of `fleet.json`; without it and without `TROUPE_SHARD`
 * a database has one lease. Rejected: a form `any/S` of `TROUPE_SHARD`, a second place for a number that
 * never changes.
 */

import type { Logger } from "pino";
import type { Address } from "./control/http/listener.ts";
import type { HeartOrders } from "./fleet-start.ts";
import { LeaseKeeper } from "./leases/lease-keeper.ts";
import type { Leases } from "./leases/leases.ts";
import { holderName, LEASE_VARIABLES, openLeases } from "./leases/open-leases.ts";
import { type WaitState, waitForShard } from "./leases/shard-wait.ts";
import { openAddress } from "./open-address.ts";
import { readVariables, type Settings, settingsOfShard } from "./settings/config.ts";

export interface StandbyOptions extends HeartOrders {
  /** The name that all processes under one heart share. */
  readonly holder?: string | undefined;
  /** The shard that the last process under this heart had. */
  readonly shardBefore?: number | undefined;
  /** Called with the shard that this process has. */
  readonly onShard?: (shard: number) => void;
}

/** What a process has once its wait is over. Disposing of it gives the lease up. */
export interface HeldShard extends AsyncDisposable {
  /** Those of the shard. */
  readonly settings: Settings;
  readonly address: Address;
  readonly lease: LeaseKeeper;
  /**
   * True if the process has the lease: an earlier one has lost it. Without the engine only the claim
   * decides.
   */
  readonly takesOver: boolean;
}

/**
 * @param url the setting `TROUPE_LEASES`
 * @returns undefined once the signal fires
 * @throws {TroupeError} `ADDRESS_UNAVAILABLE`, or `SETTING_INVALID` for what the engine needs.
 */
export async function standBy(
  {
    settings,
    url,
    log,
  }: { readonly settings: Settings; readonly url: string; readonly log: Logger },
  options: StandbyOptions,
  signal: AbortSignal,
): Promise<HeldShard | undefined> {
  await using opened = new AsyncDisposableStack();
  const address = opened.use(await openAddress(settings, options));
  const holder = holderName(options.holder);
  const leases = opened.use(
    await openLeases(url, holder, readVariables(settings, LEASE_VARIABLES)),
  );
  const shards = candidatesOf(settings);
  const onState = (state: WaitState) => {
    const text = describeWait(state, leases, settings);
    address.wait(text);
    log[state.kind === "waiting" ? "info" : "warn"](text);
  };
  const { shardBefore } = options;
  const won = await waitForShard({ leases, shards, signal, onState, shardBefore });
  if (won === undefined) return undefined;
  const { shard, hasLease } = won;
  options.onShard?.(shard);
  address.wait("the server is starting");
  const lease = opened.use(new LeaseKeeper({ leases, shard, hasLease, log }));
  const own = settingsOf(settings, shard);
  logStart(own, leases, { hasLease, log });
  const parts = opened.move();
  return {
    settings: own,
    address,
    lease,
    takesOver: hasLease,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The shards that the settings allow: the one that is named, or all. A database without shards is one. */
export function candidatesOf({
  shard,
  fleetFile,
}: Pick<Settings, "shard" | "fleetFile">): readonly number[] {
  if (shard !== null) return [shard.index];
  return Array.from({ length: fleetFile?.shards ?? 1 }, (_, index) => index);
}

/** Of the shard that it has; a reload keeps them. */
function settingsOf(settings: Settings, index: number): Settings {
  const { shard, fleetFile } = settings;
  if (shard !== null || fleetFile === null) return settings;
  return settingsOfShard(settings, { index, count: fleetFile.shards });
}

function describeWait(
  state: WaitState,
  { name, ttlMs }: Leases,
  { shard, fleetFile }: Settings,
): string {
  if (state.kind === "unreachable") return `spare: ${state.error.message}`;
  if (state.kind === "quiet") {
    return `spare: ${name} answers again, and its leases are left to their holders for ${ttlMs / 1_000} s`;
  }
  if (shard !== null) return `spare: waits for the lease of shard ${shard.index}`;
  if (fleetFile !== null) return `spare: waits for a free shard of ${fleetFile.shards}`;
  return "spare: waits for the lease of the database";
}

function logStart(
  { db: database, ack }: Settings,
  { name }: Leases,
  { hasLease, log }: { readonly hasLease: boolean; readonly log: Logger },
): void {
  const how = hasLease
    ? "this process has the lease, and starts"
    : "no answer; this process continues with the shard that it had";
  log.info({ database }, `${name}: ${how}`);
  if (ack === "journal") {
    log.warn(
      "with leases, an action that was answered can be lost with this machine: TROUPE_ACK=table stores it in the database first",
    );
  }
}

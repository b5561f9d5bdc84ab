/**
 * Leases: an engine outside (etcd, Kubernetes) says which process may run which shard, and notices within
 * seconds when that process is gone. One process has at most one lease.
 *
 * A lease says only when a process may claim a database. The claim in the database fences
 * (store/ownership/claim.ts), so no step depends on the lease: a process whose engine does not answer
 * continues for as long as its claim is there.
 *
 * Rejected: client libraries (etcd's loads gRPC, that of Kubernetes fifty packages, for six requests
 * each); a lease for each agent, which would be a cluster of our own; an end of the process when its
 * lease can no longer be confirmed, as client-go does: it would make the engine necessary to run, and the
 * claim fences better.
 */

/** How a shard's lease appears to this process. */
export interface Standing {
  readonly shard: number;
  /** `own`: of this process, or of an earlier one under the same heart, which has ended. */
  readonly state: "free" | "own" | "taken";
  /** The name of the process that has it, or had it last; undefined if that is not known. */
  readonly holder: string | undefined;
}

/** One engine. Every call but `watch` ends within the engine's deadline. */
export interface Leases extends AsyncDisposable {
  /** For messages: `etcd at 10.0.0.5:2379`. */
  readonly name: string;
  /** Milliseconds without a renewal after which a lease is free. */
  readonly ttlMs: number;
  /** The state of these shards' leases. @throws {TroupeError} `LEASES_UNAVAILABLE`. */
  find(shards: readonly number[]): Promise<readonly Standing[]>;
  /**
   * Takes a lease that is free or this process's own: of several processes that try, one succeeds.
   * @returns false if another process has it
   * @throws {TroupeError} `LEASES_UNAVAILABLE`; the lease may have been taken all the same.
   */
  claim(shard: number): Promise<boolean>;
  /**
   * Renews the lease of this process.
   * @returns false if it has run out, was removed, or is another process's
   * @throws {TroupeError} `LEASES_UNAVAILABLE`.
   */
  keep(shard: number): Promise<boolean>;
  /**
   * Resolves when a lease was given up, or rejects when that can no longer be noticed. A doorbell: what
   * it misses, `find` shows.
   */
  watch(signal: AbortSignal): Promise<void>;
  /** Gives the lease up, if it is this process's. Never rejects: otherwise the lease runs out. */
  release(shard: number): Promise<void>;
}

/** Milliseconds between two renewals: two may be lost before the lease runs out. */
export function renewMs({ ttlMs }: Pick<Leases, "ttlMs">): number {
  return ttlMs / 3;
}

/** Milliseconds between two looks of a process that waits. */
export function lookMs({ ttlMs }: Pick<Leases, "ttlMs">): number {
  return ttlMs / 5;
}

/** Milliseconds for one answer of an engine. No less than a second: a busy machine needs some of it. */
export function answerMs({ ttlMs }: Pick<Leases, "ttlMs">): number {
  return Math.max(1_000, ttlMs / 5);
}

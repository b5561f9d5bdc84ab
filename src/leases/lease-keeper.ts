/**
 * Keeps the lease of a shard that this process runs: renews it until it is disposed of, which gives the
 * lease up.
 *
 * An engine that does not answer changes nothing but `state`. A lease that has run out is taken again if
 * it is free; if another process has it, that process has taken over, or is about to.
 *
 * A process whose lease or claim another one has was *displaced*: its heart starts it again, as a spare
 * and without counting a death. Only if the engine confirms at that moment that the lease is still its
 * own, the other process has come without leases, and the heart ends too; otherwise both would take the
 * database from each other forever.
 */

import { TroupeError } from "../model/errors.ts";
import { type Leases, renewMs } from "./leases.ts";

/** What a process knows of the lease of its shard. */
export type LeaseState = "held" | "unconfirmed" | "lost";

/** The part of pino's interface that is used. */
export interface LeaseLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface KeeperOptions {
  readonly leases: Leases;
  readonly shard: number;
  /** False if the engine has not been reached yet. */
  readonly hasLease: boolean;
  readonly log: LeaseLog;
}

export class LeaseKeeper implements AsyncDisposable {
  readonly shard: number;
  /** Resolves when another process has the lease: this one must end. */
  readonly lost: Promise<TroupeError>;
  readonly #lose: (reason: TroupeError) => void;
  readonly #options: KeeperOptions;
  #state: LeaseState;
  #timer: NodeJS.Timeout | undefined;
  /** The renewal under way. */
  #renewing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: KeeperOptions) {
    const { promise, resolve } = Promise.withResolvers<TroupeError>();
    this.lost = promise;
    this.#lose = resolve;
    this.#options = options;
    this.shard = options.shard;
    this.#state = options.hasLease ? "held" : "unconfirmed";
    this.#schedule();
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** True if the engine confirms now that the lease is this process's. */
  async isConfirmed(): Promise<boolean> {
    const { leases, shard } = this.#options;
    return this.#state !== "lost" && (await leases.keep(shard).catch(() => false));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#renewing;
    const { leases, shard } = this.#options;
    if (this.#state !== "lost") await leases.release(shard);
    await leases[Symbol.asyncDispose]();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renew().finally(() => {
        this.#renewing = undefined;
        if (!this.#isClosed && this.#state !== "lost") this.#schedule();
      });
    }, renewMs(this.#options.leases));
    this.#timer.unref();
  }

  /** Never rejects. */
  async #renew(): Promise<void> {
    const { leases, shard, log } = this.#options;
    try {
      const isKept = await leases.keep(shard);
      if (!isKept && !(await leases.claim(shard))) return this.#noteLoss();
      if (this.#state === "held" && isKept) return;
      this.#state = "held";
      log.info({ shard }, `${leases.name}: the lease is this process's again`);
    } catch (error) {
      if (this.#state === "unconfirmed") return;
      this.#state = "unconfirmed";
      log.warn(
        { shard, err: error },
        "the lease cannot be renewed; agents continue, and no process takes over until it can",
      );
    }
  }

  #noteLoss(): void {
    const { leases, shard } = this.#options;
    this.#state = "lost";
    const message = `another process has this one's lease (${leases.name}); this process stops writing`;
    this.#lose(new TroupeError("DATABASE_LOST", message, { details: { shard } }));
  }
}

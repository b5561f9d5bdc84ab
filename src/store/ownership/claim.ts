/**
 * The claim of a database: the row of the table `supervisors` says which process runs it, wherever that
 * is, and which number its start has. Whoever starts replaces the row of the last epoch by
 * compare-and-set, so of several starts exactly one succeeds; a process that finds a later epoch stops writing.
 *
 * A claim is free if its process has released it, or has certainly ended: the lock shows that, or the process
 * would be visible from here. Otherwise only a takeover replaces it. The earlier process notices that at
 * its next check and before its next commit; the takeover waits that long, then seals the tables, so that
 * a commit under way fails, too (lance/seal.ts).
 *
 * Rejected: to send a sign of life to the table, which costs commits while nothing happens; to ask the
 * earlier process by its URL, which may be reachable from nowhere but its own machine.
 */

import { setTimeout as delay } from "node:timers/promises";
import { waitAtMost } from "../../deadline.ts";
import { defined } from "../../model/defined.ts";
import { TroupeError } from "../../model/errors.ts";
import { INT32_READ_MAX } from "../../model/limits.ts";
import type { SupervisorRow } from "../../model/rows/supervisors-row.ts";
import type { SupervisorTable } from "../tables/supervisor-table.ts";
import { lockedError, unknownHolder } from "./holder.ts";
import { localFolder } from "./location.ts";
import type { StoreLock } from "./lock.ts";
import { type LockHolder, parseHolder } from "./lock-note.ts";
import { lostError, type Ownership } from "./ownership.ts";
import { isRunning, isVisible } from "./process-identity.ts";

export interface ClaimRequest {
  /** The lock that this process has already. */
  readonly lock: StoreLock;
  /** Its server's URL; null without one. */
  readonly url: string | null;
  /** True if the claim may be taken from a process that may run. */
  readonly takesOver: boolean;
  /** Called with the URL of such a process once its claim is taken, so that it can be asked to check. */
  readonly onTaken?: (url: string | null) => void;
}

interface ClaimPlace {
  readonly location: string;
  readonly table: SupervisorTable;
  /** Called if a check before a commit finds another process. */
  readonly onLost: (reason: TroupeError) => void;
}

/** Claims of other processes that may come first. */
const TRIES_MAX = 20;
/** Milliseconds for which a check permits commits. More than the time between two checks. */
const FRESH_MS = 2_000;
/** Milliseconds after which an earlier process begins no commit without a check. */
const TAKEOVER_MS = FRESH_MS + 500;
/**
 * Milliseconds after which the first claim of a database on an object store counts, if it is still there:
 * another process that makes the table at the same moment may replace it (supervisor-table.ts).
 */
const SETTLE_MS = 3_000;
/** Milliseconds that a release may take. */
const RELEASE_MS_MAX = 2_000;

const REMEDY =
  "if it is gone, or must no longer run it, `troupe start --takeover` takes the database from it";

export class Claim implements Ownership {
  readonly name: string;
  /** True if the earlier process may still run, and may have a commit under way. */
  readonly isTakeover: boolean;
  readonly #place: ClaimPlace;
  /** The row as this process has written it last; undefined once it is released. */
  #row: SupervisorRow | undefined;
  /** True while the row may have changed since it was read. */
  #isUnread = false;
  #checking: Promise<LockHolder | undefined> | undefined;
  /** When the last successful check began, on both clocks: one stops while the machine sleeps. */
  #checkedAt = now();

  private constructor(place: ClaimPlace, row: SupervisorRow, isTakeover: boolean) {
    this.name = `database ${place.location}`;
    this.#place = place;
    this.#row = row;
    this.isTakeover = isTakeover;
  }

  /**
   * @throws {TroupeError} `DATABASE_LOCKED`, which names the process that has the claim;
   * `STORE_UNAVAILABLE`, `DATABASE_UNUSABLE`.
   */
  static async make(place: ClaimPlace, request: ClaimRequest): Promise<Claim> {
    const { location, table } = place;
    const { lock, url, takesOver } = request;
    const { pid, host, start_ticks, boot_id, pid_namespace, token } = lock.self;
    const holder = defined({ pid, host, start_ticks, boot_id, pid_namespace, token });
    for (let attempt = 1; ; attempt++) {
      const last = await table.find();
      const other = holderOf(last);
      const mayRun = other !== undefined && !lock.excludes(other) && (await isAlive(other));
      if (mayRun && (!takesOver || attempt === TRIES_MAX)) {
        throw lockedError(location, other, { remedy: REMEDY });
      }
      const row = { epoch: epochAfter(last.epoch, location), holder, url, claimed_at: Date.now() };
      if (!(await isReplaced(table, last.epoch, row))) continue;
      if (mayRun) request.onTaken?.(last.url);
      // On a folder the lock lets one process make the table.
      if (last.epoch === 0 && localFolder(location) === undefined) await delay(SETTLE_MS);
      else return new Claim(place, row, mayRun);
      if (isSame(await table.find(), row)) return new Claim(place, row, mayRun);
    }
  }

  /** The number of this start of the process; 0 once it is released. */
  get epoch(): number {
    return this.#row?.epoch ?? 0;
  }

  /** Resolves once the earlier process begins no further commit. */
  async outlast(): Promise<void> {
    if (this.isTakeover) await delay(TAKEOVER_MS);
  }

  /**
   * Makes the epoch later than `epoch`, which a row of an agent has: of a database from before there were
   * claims, or if a power cut took some.
   * @throws {TroupeError} `DATABASE_LOST`, `STORE_UNAVAILABLE`, `DATABASE_UNUSABLE`.
   */
  async raiseAbove(epoch: number): Promise<void> {
    if (this.#row === undefined || this.#row.epoch > epoch) return;
    const row = { ...this.#row, epoch: epochAfter(epoch, this.#place.location) };
    if (!(await isReplaced(this.#place.table, this.#row.epoch, row))) {
      throw lostError(this, holderOf(await this.#place.table.find()) ?? unknownHolder);
    }
    this.#row = row;
  }

  findOtherHolder(): Promise<LockHolder | undefined> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /**
   * For each commit: undefined if a check was made a moment ago, else a promise of a check. A process that
   * was stopped or suspended so makes one before it writes.
   */
  admit(): Promise<void> | undefined {
    const { steady, wall } = now();
    const at = this.#checkedAt;
    const isFresh = steady - at.steady < FRESH_MS && Math.abs(wall - at.wall) < FRESH_MS;
    return isFresh ? undefined : this.#admitLate();
  }

  /** A check that begins now. @throws {TroupeError} `DATABASE_LOST`, `STORE_UNAVAILABLE`. */
  async confirm(): Promise<void> {
    await this.#checking?.catch(() => undefined);
    await this.#admitLate();
  }

  /** Checks unless that was done within `ms` milliseconds. @throws {TroupeError} `STORE_UNAVAILABLE`. */
  async keepFresh(ms: number): Promise<void> {
    if (performance.now() - this.#checkedAt.steady >= ms) await this.#admitLate();
  }

  async release(): Promise<void> {
    const row = this.#row;
    this.#row = undefined;
    if (row === undefined) return;
    const free = { ...row, holder: null, url: null };
    const released = this.#place.table.replace(row.epoch, free).catch(() => false);
    await waitAtMost(released, RELEASE_MS_MAX);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #admitLate(): Promise<void> {
    const other = await this.findOtherHolder();
    if (other === undefined) return;
    const lost = lostError(this, other);
    this.#place.onLost(lost);
    throw lost;
  }

  async #check(): Promise<LockHolder | undefined> {
    const begun = now();
    const { table } = this.#place;
    // Kept, because a read that fails must be repeated.
    if (await table.hasForeignCommits()) this.#isUnread = true;
    if (this.#isUnread) {
      const other = await this.#findOther();
      if (other !== undefined) return other;
      this.#isUnread = false;
    }
    this.#checkedAt = begun;
    return undefined;
  }

  async #findOther(): Promise<LockHolder | undefined> {
    const row = await this.#place.table.find();
    const own = this.#row;
    if (own === undefined) return undefined;
    const isOwn = tokenOf(row) === tokenOf(own);
    const other = holderOf(row);
    const isDamaged = row.epoch === own.epoch && !isOwn && other === undefined;
    if (row.epoch >= own.epoch && !isDamaged) return isOwn ? undefined : (other ?? unknownHolder);
    // The table was made again or restored, or a foreign program changed the holder.
    await this.#place.table.replace(row.epoch, own);
    return await this.#findOther();
  }
}

/** Epochs beyond the greatest would read as damaged. @throws {TroupeError} `DATABASE_UNUSABLE`. */
function epochAfter(epoch: number, location: string): number {
  if (epoch < INT32_READ_MAX) return epoch + 1;
  const text = `database ${location}: no start can follow epoch ${epoch}, which supervisors or agent_state has; epochs grow by one with each start and go up to ${INT32_READ_MAX}`;
  throw new TroupeError("DATABASE_UNUSABLE", text, { details: { location, epoch } });
}

/** The process that a row names; undefined if none has the database. */
export function holderOf({ epoch, holder, url, claimed_at }: SupervisorRow) {
  const named = parseHolder(holder);
  return (
    named && { ...named, ...defined({ url: url ?? undefined }), epoch, started_at: claimed_at }
  );
}

/** False once the process has ended for certain. */
export async function isAlive(holder: LockHolder): Promise<boolean> {
  return !(await isVisible(holder)) || (await isRunning(holder));
}

/** A write that failed may have been stored all the same. */
async function isReplaced(
  table: SupervisorTable,
  epoch: number,
  row: SupervisorRow,
): Promise<boolean> {
  try {
    return await table.replace(epoch, row);
  } catch (error) {
    if (isSame(await table.find(), row)) return true;
    throw error;
  }
}

function isSame(row: SupervisorRow, other: SupervisorRow): boolean {
  return row.epoch === other.epoch && tokenOf(row) === tokenOf(other);
}

function tokenOf({ holder }: SupervisorRow): unknown {
  return holder?.["token"];
}

function now(): { readonly steady: number; readonly wall: number } {
  return { steady: performance.now(), wall: Date.now() };
}

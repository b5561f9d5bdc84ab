/**
 * The health of the store: whether its tables accept writes, since when not, and why. Logged once when
 * a fault begins and once when it has ended, however many writes fail.
 */

import type { ErrorData } from "../../model/error-data.ts";
import { type TroupeError, toErrorData } from "../../model/errors.ts";
import type { StoreLog } from "../store-log.ts";
import type { SetAside } from "./fragment-quarantine.ts";

export interface Health {
  readonly isWritable: boolean;
  /** When the fault began, in milliseconds since the epoch; null while there is none. */
  readonly since: number | null;
  /** The error of the last failed write; null while there is no fault. */
  readonly error: ErrorData | null;
}

/**
 * Milliseconds after which a fault counts as ended if no request has met it again. The process that owns
 * the database finds out far sooner, by writes that change nothing.
 */
const FAULT_LAPSES_MS = 30_000;

interface Fault {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** This and the next on the clock of `performance.now()`: a wall clock that is set must not keep a fault. */
  readonly begunAt: number;
  readonly metAt: number;
  readonly error: TroupeError;
}

const healthy: Health = { isWritable: true, since: null, error: null };

export class StoreHealth {
  readonly #log: StoreLog;
  /** Write faults by table, oldest first. */
  readonly #faults = new Map<string, Fault>();
  /** Read faults by table. The readers log them. */
  readonly #readFaults = new Map<string, Fault>();
  /** Tables for which the store does not answer which version is the newest. */
  readonly #hung = new Set<string>();
  /** Unreadable rows removed from the tables since the start. */
  #setAside: SetAside = { fragments: 0, rows: 0 };

  constructor(log: StoreLog) {
    this.#log = log;
  }

  get current(): Health {
    this.#forgetLapsed();
    const [first] = [...this.#faults.values(), ...this.#readFaults.values()];
    if (first === undefined) return healthy;
    return { isWritable: false, since: first.since, error: toErrorData(first.error) };
  }

  get setAside(): SetAside {
    return this.#setAside;
  }

  /** Tables whose last write failed. */
  get faulty(): readonly string[] {
    return [...this.#faults.keys()];
  }

  /** Tables whose last read failed. */
  get unreadable(): readonly string[] {
    return [...this.#readFaults.keys()];
  }

  unread(table: string, error: TroupeError): void {
    this.#readFaults.set(table, metFault(this.#readFaults.get(table), error));
  }

  read(table: string): void {
    if (this.#readFaults.size > 0) this.#readFaults.delete(table);
  }

  /** True while the store accepts requests and does not answer them. */
  get isHung(): boolean {
    return this.#hung.size > 0;
  }

  hang(table: string, isHung: boolean): void {
    if (isHung) this.#hung.add(table);
    else this.#hung.delete(table);
  }

  tookAside({ fragments, rows }: SetAside): void {
    const before = this.#setAside;
    this.#setAside = { fragments: before.fragments + fragments, rows: before.rows + rows };
  }

  /** A write to the table failed with a transient error. */
  failed(table: string, error: TroupeError): void {
    this.#forgetLapsed();
    if (this.#faults.size === 0) {
      this.#log.warn({ table, err: error }, "the database takes no writes; they are retried");
    }
    this.#faults.set(table, metFault(this.#faults.get(table), error));
  }

  stored(table: string): void {
    const fault = this.#faults.get(table);
    if (fault === undefined) return;
    this.#faults.delete(table);
    if (this.#faults.size > 0) return;
    const lastedMs = Math.round(performance.now() - fault.begunAt);
    this.#log.info({ table, lastedMs }, "the database takes writes again");
  }

  #forgetLapsed(): void {
    const oldest = performance.now() - FAULT_LAPSES_MS;
    for (const faults of [this.#faults, this.#readFaults]) {
      for (const [table, { metAt }] of faults) if (metAt < oldest) faults.delete(table);
    }
  }
}

function metFault(before: Fault | undefined, error: TroupeError): Fault {
  const metAt = performance.now();
  return { since: before?.since ?? Date.now(), begunAt: before?.begunAt ?? metAt, metAt, error };
}

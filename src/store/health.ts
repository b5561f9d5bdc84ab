/**
 * The health of the store: whether its tables take writes, since when not, and why. Told once when a
 * fault begins and once when it has ended, however many writes it meets.
 */

import type { ErrorData } from "../model/error-data.ts";
import { type TroupeError, toErrorData } from "../model/errors.ts";
import type { StoreLog } from "./log.ts";

export interface Health {
  readonly isWritable: boolean;
  /** When the fault began, in milliseconds since the epoch; null while there is none. */
  readonly since: number | null;
  /** What the last failing write met; null while there is no fault. */
  readonly error: ErrorData | null;
}

/**
 * Milliseconds after which a fault that no further write has met counts as ended: nobody knows any
 * more. What must be stored is tried again far more often.
 */
const FAULT_LAPSES_MS = 30_000;

interface Fault {
  readonly since: number;
  readonly metAt: number;
  readonly error: TroupeError;
}

const healthy: Health = { isWritable: true, since: null, error: null };

export class StoreHealth {
  readonly #log: StoreLog;
  /** Faults by table, the one that began first at the front. */
  readonly #faults = new Map<string, Fault>();

  constructor(log: StoreLog) {
    this.#log = log;
  }

  get current(): Health {
    this.#forgetLapsed();
    const [first] = this.#faults.values();
    if (first === undefined) return healthy;
    return { isWritable: false, since: first.since, error: toErrorData(first.error) };
  }

  /** A write to the table has failed in a way that may pass. */
  failed(table: string, error: TroupeError): void {
    this.#forgetLapsed();
    const now = Date.now();
    if (this.#faults.size === 0) {
      this.#log.warn({ table, err: error }, "the database takes no writes; they are tried again");
    }
    this.#faults.set(table, { since: this.#faults.get(table)?.since ?? now, metAt: now, error });
  }

  /** A write to the table was stored. */
  stored(table: string): void {
    const fault = this.#faults.get(table);
    if (fault === undefined) return;
    this.#faults.delete(table);
    if (this.#faults.size > 0) return;
    const lastedMs = Date.now() - fault.since;
    this.#log.info({ table, lastedMs }, "the database takes writes again");
  }

  #forgetLapsed(): void {
    const oldest = Date.now() - FAULT_LAPSES_MS;
    for (const [table, { metAt }] of this.#faults) {
      if (metAt < oldest) this.#faults.delete(table);
    }
  }
}

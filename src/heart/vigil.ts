/**
 * The vigil over a process that owes a sign of life each second: how many it has missed.
 *
 * Time is measured in checks, not by the clock, so that the sleep of a laptop counts as one check. A
 * check does not count while a debugger, a stop signal or a disk holds the process, and counts less the
 * longer the process waited for a processor.
 */

/** When a process counts as hung. */
export interface VigilLimits {
  /** Milliseconds between two checks, and between two signs. */
  readonly checkMs: number;
  /** Checks without a sign of life. */
  readonly missedMax: number;
}

export const VIGIL_LIMITS: VigilLimits = { checkMs: 1_000, missedMax: 30 };

/** What a check reads of a process. */
export interface ProcessState {
  /** It is stopped, traced, or waits for a disk. */
  readonly isHeld: boolean;
  /** Milliseconds so far that its main thread was ready to run without a processor. */
  readonly waitedMs: number;
}

export class Vigil {
  readonly #limits: VigilLimits;
  /** Undefined until the first sign: a start may take any time. */
  #missed: number | undefined;
  #isInspected = false;
  #waitedMs = 0;

  constructor(limits: VigilLimits) {
    this.#limits = limits;
  }

  /** The process has given a sign of life. @param isInspected a debugger may halt it from now on */
  sign(isInspected: boolean): void {
    this.#missed = 0;
    this.#isInspected = isInspected;
  }

  /** @returns true if the process has hung */
  check({ isHeld, waitedMs }: ProcessState): boolean {
    const { checkMs, missedMax } = this.#limits;
    const waited = Math.min(1, Math.max(0, waitedMs - this.#waitedMs) / checkMs);
    this.#waitedMs = waitedMs;
    if (this.#missed === undefined || this.#isInspected || isHeld) return false;
    this.#missed += 1 - waited;
    return this.#missed >= missedMax;
  }
}

/**
 * The vigil over a process that owes a sign of life each second: how long it has given none.
 *
 * Time is counted in looks and not by the clock, so that the sleep of a laptop counts as one look. A
 * look does not count while a debugger, a stop signal or a disk holds the process, and it counts less
 * the longer the process waited for a processor.
 */

/** When a process counts as one that has hung. */
export interface VigilLimits {
  /** Milliseconds between two looks, and between two signs. */
  readonly checkMs: number;
  /** Looks without a sign of life. */
  readonly missedMax: number;
}

export const VIGIL_LIMITS: VigilLimits = { checkMs: 1_000, missedMax: 30 };

/** What is seen of a process at a look. */
export interface ProcessState {
  /** It is stopped, traced, or waits for a disk. */
  readonly isHeld: boolean;
  /** Milliseconds so far that its main thread was ready to run and had no processor. */
  readonly waitedMs: number;
}

export class Vigil {
  readonly #limits: VigilLimits;
  /** Undefined until the first sign, so that a start may take as long as it takes. */
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

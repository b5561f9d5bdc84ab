/** The doorbell: wakes the poller when a row was written. Polling alone must be enough. */

export class Doorbell {
  #isRung = false;
  #wake: (() => void) | undefined;

  /** Ends the current {@link wait}, or the next one immediately. */
  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, or after `timeoutMs` without one. One waiter at a time. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#isRung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#isRung = false;
  }
}

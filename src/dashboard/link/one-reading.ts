/**
 * One reading at a time: requests during a reading cause one more afterwards. So the last answer is
 * the newest, and data that changes a thousand times a second is not read as often.
 */

export class OneReading {
  readonly #read: () => Promise<void>;
  #running: Promise<void> | undefined;
  #isWantedAgain = false;

  /** @param read never throws */
  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Resolves after a reading that started after this call. */
  async run(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#runAll();
    } else {
      this.#isWantedAgain = true;
    }
    await this.#running;
  }

  async #runAll(): Promise<void> {
    do {
      this.#isWantedAgain = false;
      await this.#read();
    } while (this.#isWantedAgain);
    this.#running = undefined;
  }
}

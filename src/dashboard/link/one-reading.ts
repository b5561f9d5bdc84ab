/**
 * One reading at a time: however often it is wanted meanwhile, it is done once more afterwards. So the
 * last answer is the newest one, and what changes a thousand times a second is not read as often.
 */

export class OneReading {
  readonly #read: () => Promise<void>;
  #running: Promise<void> | undefined;
  #isWantedAgain = false;

  /** @param read Never throws. */
  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Resolves once a reading has ended that began after this was called. */
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

/**
 * Look-ups by key, many at a time: what is asked for while one query runs goes with the next, so that
 * a burst of look-ups costs a few queries. The same idea as DataLoader's, without its cache.
 */

interface Batch<Row> {
  readonly keys: Set<string>;
  readonly found: PromiseWithResolvers<ReadonlyMap<string, Row>>;
}

export class BatchedLookup<Row> {
  /** Answers with the rows of those keys that have one. */
  readonly #query: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  readonly #keysMax: number;
  /** Gathers while a query runs. */
  #next: Batch<Row> | undefined;
  #isRunning = false;

  /** @param keysMax keys of one query; what is asked for beyond them waits for the one after it. */
  constructor(
    query: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
    keysMax: number,
  ) {
    this.#query = query;
    this.#keysMax = keysMax;
  }

  /** The row as it is after this call, or undefined. Throws what the query throws. */
  async find(key: string): Promise<Row | undefined> {
    while (this.#next !== undefined && this.#next.keys.size >= this.#keysMax) {
      await this.#next.found.promise.catch(() => undefined);
    }
    this.#next ??= { keys: new Set(), found: Promise.withResolvers() };
    const { keys, found } = this.#next;
    keys.add(key);
    if (!this.#isRunning) void this.#run();
    return (await found.promise).get(key);
  }

  /** Never rejects: each batch's failure goes to those who wait for it. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let batch = this.#next; batch !== undefined; batch = this.#next) {
      this.#next = undefined;
      await this.#query([...batch.keys]).then(batch.found.resolve, batch.found.reject);
    }
    this.#isRunning = false;
  }
}

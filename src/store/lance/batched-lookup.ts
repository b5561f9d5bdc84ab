/**
 * Lookups by key in batches: keys that arrive while one query runs go with the next, so that a burst
 * costs a few queries. Not `dataloader`, which gathers for a tick of the event loop, not while a query
 * runs.
 */

interface Batch<Row> {
  readonly keys: Set<string>;
  readonly found: PromiseWithResolvers<ReadonlyMap<string, Row>>;
}

export class BatchedLookup<Row> {
  /** Returns the rows of those keys that have one. */
  readonly #query: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  readonly #keysMax: number;
  /** Gathers while a query runs. */
  #next: Batch<Row> | undefined;
  #isRunning = false;

  /** @param keysMax keys of one query; further ones wait for the next */
  constructor(
    query: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
    keysMax: number,
  ) {
    this.#query = query;
    this.#keysMax = keysMax;
  }

  /** The row, read after this call, or undefined. @throws as the query */
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

  /** Never rejects: a batch's failure goes to its callers. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let batch = this.#next; batch !== undefined; batch = this.#next) {
      this.#next = undefined;
      await this.#query([...batch.keys]).then(batch.found.resolve, batch.found.reject);
    }
    this.#isRunning = false;
  }
}

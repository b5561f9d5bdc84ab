/** Collects items and passes them on at most ten times a second, on a frame of the browser. */

/** Readers gain nothing from more than ten updates a second. */
const BATCH_MS = 100;
/** A tab in the background needs no frames. */
const HIDDEN_BATCH_MS = 1_000;
/** So many items are passed on immediately. */
const ITEMS_MAX = 20_000;

export class FrameQueue<T> {
  readonly #flush: (items: readonly T[]) => void;
  #items: T[] = [];
  #isScheduled = false;

  constructor(flush: (items: readonly T[]) => void) {
    this.#flush = flush;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= ITEMS_MAX) this.flush();
    else this.#schedule();
  }

  flush(): void {
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) this.#flush(items);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const run = () => {
      this.#isScheduled = false;
      this.flush();
    };
    if (document.hidden) setTimeout(run, HIDDEN_BATCH_MS);
    else setTimeout(() => (document.hidden ? run() : requestAnimationFrame(run)), BATCH_MS);
  }
}

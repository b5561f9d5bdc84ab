/**
 * A climb: tells from the memory of the whole process when it is worth asking each agent for its
 * own. The one number is cheap to read; asking all agents is not. Pure.
 */

/** Bytes by which the process must have grown. An agent goes this far unseen, not farther. */
const GROWTH_BYTES = 16 * 2 ** 20;
/** In a large process this share of it, because each sweep of many agents costs more. */
const GROWTH_SHARE = 1 / 64;

export class MemoryGrowth {
  /**
   * The least that the process has used since the last climb. It sinks with what is collected and
   * never rises by itself, so that a slow leak adds up to a climb as a fast one does.
   */
  #baseline = Number.POSITIVE_INFINITY;

  /** True where the process has climbed since the last time this was true. */
  hasGrown(rssBytes: number): boolean {
    this.#baseline = Math.min(this.#baseline, rssBytes);
    if (rssBytes - this.#baseline < Math.max(GROWTH_BYTES, rssBytes * GROWTH_SHARE)) return false;
    this.#baseline = rssBytes;
    return true;
  }
}

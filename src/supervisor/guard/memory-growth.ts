/**
 * Decides from the memory of the whole process, which is cheap to read, when all agents must be
 * sampled, which is not. Pure.
 */

/** Bytes by which the process must have grown: the most that an agent can grow unnoticed. */
const GROWTH_BYTES = 16 * 2 ** 20;
/** In a large process, its share of the process: sampling many agents costs more. */
const GROWTH_SHARE = 1 / 64;

export class MemoryGrowth {
  /**
   * The least that the process has used since the last reported growth. It falls with collections and
   * rises only with a report, so that a slow leak is noticed like a fast one.
   */
  #baseline = Number.POSITIVE_INFINITY;

  /** True if the process has grown since the last time this was true. */
  hasGrown(rssBytes: number): boolean {
    this.#baseline = Math.min(this.#baseline, rssBytes);
    if (rssBytes - this.#baseline < Math.max(GROWTH_BYTES, rssBytes * GROWTH_SHARE)) return false;
    this.#baseline = rssBytes;
    return true;
  }
}

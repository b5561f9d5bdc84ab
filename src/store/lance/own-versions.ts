/** Which versions of a table this process has made, so that the others are noticed. */

import { waitAtMost } from "../../deadline.ts";

/** Milliseconds within which a version that can be read is reported to the write that made it. */
const REPORT_MS_MAX = 5;

export class OwnVersions {
  /** Those of our own that {@link hasForeign} has not seen yet. */
  readonly #own = new Set<number>();
  /** The version at the last call of {@link hasForeign}. */
  #seen: number | undefined;
  /** Resolves with the next commit. */
  #nextCommit = Promise.withResolvers<void>();

  /** @param version undefined if the commit counts as foreign, or changed nothing */
  committed(version: number | undefined): void {
    if (version !== undefined && this.#seen !== undefined) this.#own.add(version);
    this.#nextCommit.resolve();
    this.#nextCommit = Promise.withResolvers();
  }

  /**
   * True if there are versions since the last call that are not our own, or if the table was made again. The
   * first call returns true.
   * @param isWriting a write of our own is under way: its version may be here before its number
   */
  async hasForeign(newest: number, isWriting: boolean): Promise<boolean> {
    if (isWriting && this.#foreignUntil(newest) === 1) {
      await waitAtMost(this.#nextCommit.promise, REPORT_MS_MAX);
    }
    const foreign = this.#foreignUntil(newest);
    this.#seen = newest;
    for (const version of this.#own) if (version <= newest) this.#own.delete(version);
    return foreign !== 0;
  }

  /** How many of the versions up to this one are new and not our own. */
  #foreignUntil(newest: number): number {
    const seen = this.#seen ?? Number.NEGATIVE_INFINITY;
    const own = [...this.#own].filter((version) => version > seen && version <= newest);
    return newest - seen - own.length;
  }
}

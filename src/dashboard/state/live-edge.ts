/**
 * Which times the glances make known. A glance has the steps since the event from which it was requested,
 * so it continues the one before only if it was requested from where that one ended. Pure.
 */

import type { Glance } from "../../model/glance.ts";
import type { ShownTime } from "./timeline-view.ts";

export class LiveEdge {
  /** The last glance with steps; undefined before the first one. */
  #last: Pick<Glance, "seq" | "epoch" | "time"> | undefined;

  /**
   * Returns the time since the glance before, of which each step is known now; undefined if steps may
   * be missing.
   *
   * @param since the event that the glance was requested from; undefined if it was requested without
   */
  take(glance: Glance, since: number | undefined): ShownTime | undefined {
    const last = this.#last;
    this.#last = glance;
    // Others may have been read in between: without steps, or dropped while everything was read.
    const isNext = last !== undefined && last.seq === since && last.epoch === glance.epoch;
    return isNext && !glance.is_cut ? { since: last.time, until: glance.time } : undefined;
  }

  /**
   * The end of a time to be read. If it is now, it reaches the last glance, which may be some milliseconds
   * later by the page's clock: in between nothing would ever be known.
   */
  endOf(until: number, now: number): number {
    return until < now ? until : Math.max(now, this.#last?.time ?? 0);
  }
}

/**
 * Step deadlines: how long the running step of each thread may take before the thread is terminated. The
 * thread itself aborts its step after `step_timeout_ms`, or when the time is over that the step has
 * requested with `ctx.progress` (actor/step-deadline.ts); this is for one that does not end after that.
 * Time in which a look inside stops the thread does not count. Times are those at which the step was seen,
 * on a monotonic clock: late by a check, never early.
 */

import type { ErrorData } from "../../model/error-data.ts";
import { stepTimeout } from "../failures.ts";
import type { Child } from "../thread/child.ts";
import type { ThreadHold } from "../thread/thread-hold.ts";

interface Deadline {
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** Steps ended when the running one was first seen; undefined between steps. */
  iteration: number | undefined;
  seenAt: number;
  /** {@link ThreadHold.ms} at that time. */
  heldMs: number;
}

/** The part of a child that is read here. */
type Stepping = Pick<Child, "position" | "stepExtendedMs"> & {
  readonly hold: Pick<ThreadHold, "ms">;
};

export class StepDeadlines {
  readonly #deadlines = new WeakMap<Stepping, Deadline>();

  watch(child: Stepping, limits: { readonly timeoutMs: number; readonly graceMs: number }): void {
    this.#deadlines.set(child, { ...limits, iteration: undefined, seenAt: 0, heldMs: 0 });
  }

  /**
   * The error of a step that must be ended now; undefined otherwise.
   * @param now milliseconds on any monotonic clock
   */
  check(agentId: string, child: Stepping, now: number): ErrorData | undefined {
    const deadline = this.#deadlines.get(child);
    if (deadline === undefined) return undefined;
    const { phase, iteration } = child.position;
    if (phase !== "step" || deadline.iteration !== iteration) {
      deadline.iteration = phase === "step" ? iteration : undefined;
      deadline.seenAt = now;
      deadline.heldMs = child.hold.ms;
      return undefined;
    }
    const { graceMs } = deadline;
    const timeoutMs = Math.max(deadline.timeoutMs, child.stepExtendedMs);
    const heldMs = child.hold.ms - deadline.heldMs;
    if (now - deadline.seenAt - heldMs < timeoutMs + graceMs) return undefined;
    this.#deadlines.delete(child);
    return stepTimeout(agentId, { timeout_ms: timeoutMs, grace_ms: graceMs, iteration });
  }
}

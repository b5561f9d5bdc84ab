/**
 * Decides what follows the end of an agent's thread: another start after a wait, or none.
 *
 * A setup or a step that throws or takes too long is tried again `step_retries` times with growing waits,
 * because a third party's trouble is the usual cause and passes. So is a step with guidance that its thread
 * does not survive: the guidance may be the cause, and the last try uses it up. Everything else, and every
 * further throw, counts as a restart in OTP's terms, which end an agent that fails again and again. Each
 * try has a new thread, so that nothing half-finished survives.
 *
 * The agent has all tries again once it has worked for `restarts_window_ms` without a failure, from its
 * first successful step on. Rejected: after one successful step, because an agent that fails in every
 * second step would be tried again forever, and pay for its steps each time; after a number of
 * successful steps, because it is the same with a longer period.
 */

import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { addRestart, type IntensityLimit } from "../model/intensity.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import { exhausted, type RecentFailures } from "./failures.ts";

/** Waits between a failure that counts as a restart and the next start. */
const RESTART_BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** Waits between a throw and the next try: 0.5 to 1 s first, 30 to 60 s at most. */
const RETRY_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/** Milliseconds for which a failure is recent, whatever the intensity counts: a slow loop of failures is one, too. */
const RECENT_MS = 300_000;

/** `threw`: its setup or a step threw or took too long, or died with guidance. `crashed`: anything else. */
export type EndCause =
  | { readonly kind: "finished" }
  | { readonly kind: "threw" | "crashed"; readonly error: ErrorData };

export type RestartVerdict =
  | { readonly kind: "restart"; readonly waitMs: number; readonly recent: RecentFailures }
  | { readonly kind: "give_up"; readonly error: ErrorData };

/** The restarts of one agent in this process. */
export class RestartPolicy {
  readonly #agentId: string;
  /** Times of restarts that still count against the intensity, in milliseconds. */
  #restarts: readonly number[] = [];
  /** Times of the recent failures, in milliseconds, oldest first. */
  #recent: readonly number[] = [];
  /** Throws that were tried again, and are not forgotten. */
  #throws = 0;
  /** Time of the first step that has succeeded since the last failure, in milliseconds. */
  #worksSince: number | undefined;

  constructor(agentId: string) {
    this.#agentId = agentId;
  }

  /** A step has succeeded. @param now milliseconds on any monotonic clock */
  noteSuccess(now: number): void {
    this.#worksSince ??= now;
  }

  /** Somebody has restarted the agent. */
  forgetAll(): void {
    this.#throws = 0;
    this.#worksSince = undefined;
    this.#restarts = [];
    this.#recent = [];
  }

  /**
   * True if the agent would be started again after a throw, and that would be no further try but a
   * restart. @param now as in {@link noteSuccess}
   */
  isLastTry(settings: AgentTypeSettings, now: number): boolean {
    if (settings.restart === "temporary") return false;
    if (this.#throwsAt(settings, now) < settings.step_retries) return false;
    return !addRestart(this.#restarts, now, limitOf(settings)).isExceeded;
  }

  /**
   * @param now as in {@link noteSuccess}
   * @param chance a number in [0, 1)
   */
  decide(
    cause: EndCause,
    settings: AgentTypeSettings,
    now: number,
    chance: number,
  ): RestartVerdict {
    if (settings.restart === "temporary" && cause.kind !== "finished") {
      return { kind: "give_up", error: cause.error };
    }
    this.#throws = this.#throwsAt(settings, now);
    if (cause.kind !== "finished") this.#noteFailure(now);
    const recent = this.#recentAt(now);
    if (cause.kind === "threw" && this.#throws < settings.step_retries) {
      this.#throws += 1;
      return { kind: "restart", waitMs: backoffMs(RETRY_BACKOFF, this.#throws, chance), recent };
    }
    const limit = limitOf(settings);
    const { restarts, isExceeded } = addRestart(this.#restarts, now, limit);
    this.#restarts = restarts;
    if (isExceeded) {
      const last = cause.kind === "finished" ? cause.kind : cause.error;
      const counts = { failures: restarts.length, retries: this.#throws };
      return { kind: "give_up", error: exhausted(this.#agentId, counts, limit, last) };
    }
    return { kind: "restart", waitMs: backoffMs(RESTART_BACKOFF, restarts.length, chance), recent };
  }

  #noteFailure(now: number): void {
    this.#worksSince = undefined;
    this.#recent = [...this.#recent.filter((at) => now - at <= RECENT_MS), now];
  }

  #recentAt(now: number): RecentFailures {
    const [first = now] = this.#recent;
    return { count: this.#recent.length, forMs: now - first };
  }

  /** The throws that still count. */
  #throwsAt({ restarts_window_ms }: AgentTypeSettings, now: number): number {
    const hasRecovered = now - (this.#worksSince ?? now) >= restarts_window_ms;
    return hasRecovered ? 0 : this.#throws;
  }
}

function limitOf({ restarts_max, restarts_window_ms }: AgentTypeSettings): IntensityLimit {
  return { restartsMax: restarts_max, windowMs: restarts_window_ms };
}

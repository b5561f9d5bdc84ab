/**
 * Decides what follows the end of an agent's thread: another start after a wait, or none.
 *
 * A setup or a step that throws, or takes too long, is tried again `step_retries` times in a row with
 * growing waits, because a third party's trouble is the usual cause and passes. Everything else, and
 * every further throw, counts as a restart in OTP's terms, which end an agent that fails again and
 * again. Each try has a new thread, so that nothing half-finished survives.
 */

import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { addRestart } from "../model/intensity.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import { exhausted } from "./failures.ts";

/** Waits between a failure that counts as a restart and the next start. */
const RESTART_BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** Waits between a throw and the next try: 0.5 to 1 s first, 30 to 60 s at most. */
const RETRY_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/** `threw`: its setup or a step threw or took too long. `crashed`: anything else. */
export type EndCause =
  | { readonly kind: "finished" }
  | { readonly kind: "threw" | "crashed"; readonly error: ErrorData };

export type RestartVerdict =
  | { readonly kind: "restart"; readonly waitMs: number }
  | { readonly kind: "give_up"; readonly error: ErrorData };

/** The restarts of one agent in this process. */
export class RestartPolicy {
  readonly #agentId: string;
  /** Times of restarts that still count against the intensity, in milliseconds. */
  #restarts: readonly number[] = [];
  /** Throws since the last step that succeeded. */
  #throws = 0;

  constructor(agentId: string) {
    this.#agentId = agentId;
  }

  /** A step has succeeded. */
  forgetThrows(): void {
    this.#throws = 0;
  }

  /** Somebody has restarted the agent. */
  forgetAll(): void {
    this.#throws = 0;
    this.#restarts = [];
  }

  /**
   * @param now milliseconds on any monotonic clock
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
    if (cause.kind === "threw" && this.#throws < settings.step_retries) {
      this.#throws += 1;
      return { kind: "restart", waitMs: backoffMs(RETRY_BACKOFF, this.#throws, chance) };
    }
    const limit = {
      restartsMax: settings.restarts_max,
      windowMs: settings.restarts_window_ms,
    };
    const { restarts, isExceeded } = addRestart(this.#restarts, now, limit);
    this.#restarts = restarts;
    if (isExceeded) {
      const last = cause.kind === "finished" ? cause.kind : cause.error;
      const counts = { failures: restarts.length, retries: this.#throws };
      return { kind: "give_up", error: exhausted(this.#agentId, counts, limit, last) };
    }
    return { kind: "restart", waitMs: backoffMs(RESTART_BACKOFF, restarts.length, chance) };
  }
}

/** Decides what follows an agent's failure: another start after a wait, or none. In OTP's terms. */

import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { addRestart } from "../model/intensity.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import { exhausted } from "./failures.ts";

/** Waits between a failure and the next start. */
const RESTART_BACKOFF = { baseMs: 500, maxMs: 30_000 };

export type RestartVerdict =
  | { readonly kind: "restart"; readonly waitMs: number }
  | { readonly kind: "give_up"; readonly error: ErrorData };

/** The restarts of one agent in this process. */
export class RestartPolicy {
  readonly #agentId: string;
  /** Times of restarts that still count against the intensity, in milliseconds. */
  #restarts: readonly number[] = [];

  constructor(agentId: string) {
    this.#agentId = agentId;
  }

  /**
   * @param cause a failure, or that the agent is done and `permanent`
   * @param now milliseconds on any monotonic clock
   * @param chance a number in [0, 1)
   */
  decide(
    cause: ErrorData | "finished",
    settings: AgentTypeSettings,
    now: number,
    chance: number,
  ): RestartVerdict {
    if (settings.restart === "temporary" && cause !== "finished") {
      return { kind: "give_up", error: cause };
    }
    const limit = {
      restartsMax: settings.restarts_max,
      windowMs: settings.restarts_window_ms,
    };
    const { restarts, isExceeded } = addRestart(this.#restarts, now, limit);
    this.#restarts = restarts;
    if (isExceeded) {
      return { kind: "give_up", error: exhausted(this.#agentId, restarts.length, limit, cause) };
    }
    return { kind: "restart", waitMs: backoffMs(RESTART_BACKOFF, restarts.length, chance) };
  }
}

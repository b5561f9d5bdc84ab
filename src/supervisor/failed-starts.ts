/**
 * Failed starts: logs agents that could not be started, one line for each cause, because a broken module
 * fails all agents of its type.
 */

import type { Logger } from "pino";
import type { ErrorData } from "../model/error-data.ts";

/** Milliseconds for which failures are collected, from the first one. */
const GATHER_MS = 1_000;
/** Causes with their own line within that time; the rest are grouped by code. */
const CAUSES_MAX = 100;
/** Ids in one line. */
const NAMED_MAX = 5;

interface Cause {
  readonly error: ErrorData;
  readonly named: string[];
  agents: number;
}

export class FailedStarts {
  readonly #log: Logger;
  readonly #causes = new Map<string, Cause>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(agentId: string, error: ErrorData): void {
    const isNew = this.#causes.size < CAUSES_MAX;
    const whole = `${error.code} ${error.message}`;
    const key = isNew || this.#causes.has(whole) ? whole : error.code;
    const cause = this.#causes.get(key) ?? { error, named: [], agents: 0 };
    this.#causes.set(key, cause);
    cause.agents += 1;
    if (cause.named.length < NAMED_MAX) cause.named.push(agentId);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  /** Logs the collected failures. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { error, named, agents } of this.#causes.values()) {
      const more = agents > named.length ? ` and ${agents - named.length} more` : "";
      const which = `${named.join(", ")}${more}`;
      this.#log.error({ error, agents }, `not started: ${which}: ${error.code}`);
    }
    this.#causes.clear();
  }
}

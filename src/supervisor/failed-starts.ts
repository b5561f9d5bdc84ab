/**
 * Failed starts: tells the log of agents that could not be started, with one line for each cause and
 * not one for each agent: a module that is broken fails all agents of its type.
 */

import type { Logger } from "pino";
import type { ErrorData } from "../model/error-data.ts";

/** Milliseconds that failures gather from the first on. */
const GATHER_MS = 1_000;
/** Causes that are told apart within that time; the rest is told by its code alone. */
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
    this.#timer ??= setTimeout(() => this.tell(), GATHER_MS).unref();
  }

  /** Tells what has gathered. */
  tell(): void {
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

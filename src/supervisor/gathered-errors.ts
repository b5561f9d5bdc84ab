/**
 * Errors that many agents have at once get one line of the log for each cause: a broken module fails all
 * agents of its type, and a store that does not answer stores the row of none.
 */

import type { Logger } from "pino";
import type { ErrorData } from "../model/error-data.ts";

/** Causes with their own line within that time; the rest are grouped by code. */
const CAUSES_MAX = 100;
/** Ids in one line. */
const NAMED_MAX = 5;

interface Cause {
  readonly error: ErrorData;
  readonly named: string[];
  agents: number;
}

export interface GatheredOptions {
  /** What has happened to the agents, at the head of each line. */
  readonly what: string;
  /** Milliseconds for which errors are collected, from the first one. */
  readonly gatherMs: number;
}

export class GatheredErrors {
  readonly #log: Logger;
  readonly #options: GatheredOptions;
  readonly #causes = new Map<string, Cause>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, options: GatheredOptions) {
    this.#log = log;
    this.#options = options;
  }

  add(agentId: string, error: ErrorData): void {
    const isNew = this.#causes.size < CAUSES_MAX;
    const whole = `${error.code} ${error.message}`;
    const key = isNew || this.#causes.has(whole) ? whole : error.code;
    const cause = this.#causes.get(key) ?? { error, named: [], agents: 0 };
    this.#causes.set(key, cause);
    cause.agents += 1;
    if (cause.named.length < NAMED_MAX) cause.named.push(agentId);
    this.#timer ??= setTimeout(() => this.flush(), this.#options.gatherMs);
  }

  /** Logs what is collected. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { error, named, agents } of this.#causes.values()) {
      const more = agents > named.length ? ` and ${agents - named.length} more` : "";
      const which = `${named.join(", ")}${more}`;
      this.#log.error({ error, agents }, `${this.#options.what}: ${which}: ${error.code}`);
    }
    this.#causes.clear();
  }
}

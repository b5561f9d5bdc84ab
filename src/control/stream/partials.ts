/**
 * What running model calls have answered so far, as events: only of agents that somebody watches, and
 * no more of all of them together than a limit a second. Beyond it they are shed: the next one of the
 * same call has all of it.
 */

import type { EventBus } from "../../event-bus.ts";
import type { AgentId } from "../../model/ids.ts";
import type { StreamHub } from "./hub.ts";

/** Partials a second, all agents together. */
const PARTIALS_PER_SECOND_MAX = 500;

export interface PartialFeedOptions {
  readonly events: EventBus;
  readonly stream: Pick<StreamHub, "isWanted">;
  /** In place of {@link PARTIALS_PER_SECOND_MAX}. */
  readonly perSecondMax?: number;
}

export class PartialFeed {
  readonly #events: EventBus;
  readonly #stream: PartialFeedOptions["stream"];
  readonly #perSecondMax: number;
  /** The second that is counted, on the clock of `performance.now()`, and what was told in it. */
  #second = 0;
  #told = 0;

  constructor({ events, stream, perSecondMax }: PartialFeedOptions) {
    this.#events = events;
    this.#stream = stream;
    this.#perSecondMax = perSecondMax ?? PARTIALS_PER_SECOND_MAX;
  }

  /** To be asked when a call begins: whom to tell of its partials; undefined where nobody watches. */
  watch(agentId: AgentId, functionName: string): ((value: unknown) => void) | undefined {
    if (!this.#stream.isWanted("llm.partial", agentId)) return undefined;
    return (value) => {
      if (!this.#hasRoom()) return;
      this.#events.publish("llm.partial", { function: functionName, value }, agentId);
    };
  }

  #hasRoom(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    this.#told += 1;
    return this.#told <= this.#perSecondMax;
  }
}

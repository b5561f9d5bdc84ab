/**
 * The answers of running model calls so far, as events: only of watched agents, and up to a limit a
 * second for all of them together. Partials beyond the limit are shed: the next one of the same
 * call contains all of its answer so far.
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
  /** The current second, on the clock of `performance.now()`, and the partials in it. */
  #second = 0;
  #count = 0;

  constructor({ events, stream, perSecondMax }: PartialFeedOptions) {
    this.#events = events;
    this.#stream = stream;
    this.#perSecondMax = perSecondMax ?? PARTIALS_PER_SECOND_MAX;
  }

  /** Called at a call's start: the receiver of its partials; undefined if the agent is not watched. */
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
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#perSecondMax;
  }
}

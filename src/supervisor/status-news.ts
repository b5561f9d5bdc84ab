/** Publishes the status of an agent whenever it has changed, and not otherwise. */

import type { EventBus } from "../event-bus.ts";
import type { AgentRow } from "../model/agent.ts";
import { summarizeAgent } from "../model/event.ts";

export class StatusNews {
  readonly #events: EventBus;
  /** The one that was published last. */
  #last: Pick<AgentRow, "status" | "paused"> | undefined;

  constructor(events: EventBus) {
    this.#events = events;
  }

  /** @param row as it is stored */
  announce(row: AgentRow): void {
    const { status, paused } = row;
    if (this.#last?.status === status && this.#last.paused === paused) return;
    this.#last = { status, paused };
    this.#events.publish("agent.status", summarizeAgent(row), row.agent_id);
  }
}

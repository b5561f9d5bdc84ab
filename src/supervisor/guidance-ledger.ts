/**
 * The guidance that one agent has accepted, until the table's row has it. Each is announced once, as
 * soon as it is stored in any form: with its action, with the step that used it, or in the row.
 */

import type { EventBus } from "../event-bus.ts";
import { type AddedGuidance, missingIn } from "../model/added-guidance.ts";
import type { AgentRow, Guidance } from "../model/agent.ts";
import type { AgentId } from "../model/ids.ts";

interface Entry extends AddedGuidance {
  readonly merged: PromiseWithResolvers<void>;
  isAnnounced: boolean;
}

export class GuidanceLedger {
  readonly #agentId: AgentId;
  readonly #events: EventBus;
  /** By action id, oldest first; not more than actions without an ack, see `UNACKED_MAX`. */
  #entries: Map<string, Entry> | undefined;

  constructor(agentId: AgentId, events: EventBus) {
    this.#agentId = agentId;
    this.#events = events;
  }

  /** Resolves once the table's row has it. @param iteration of the row that it is added to */
  add(guidance: Guidance, iteration: number): Promise<void> {
    const merged = Promise.withResolvers<void>();
    this.#entries ??= new Map();
    this.#entries.set(guidance.action_id, { guidance, iteration, merged, isAnnounced: false });
    return merged.promise;
  }

  /** It is stored. Returns it if it was not announced before. */
  announce(actionId: string): AddedGuidance | undefined {
    const entry = this.#entries?.get(actionId);
    if (entry === undefined || entry.isAnnounced) return undefined;
    entry.isAnnounced = true;
    this.#events.publish("agent.guidance", entry.guidance, this.#agentId);
    return entry;
  }

  /** It is no longer in the row, so no merge is awaited for it. */
  drop(actionId: string): void {
    this.#entries?.get(actionId)?.merged.resolve();
    this.#entries?.delete(actionId);
  }

  /** Guidance that this image of the row is too old to have. */
  missingIn(row: AgentRow): readonly Guidance[] {
    return missingIn(row, [...(this.#entries?.values() ?? [])]).map(({ guidance }) => guidance);
  }

  /** The table has this row. */
  settle(row: AgentRow): void {
    if (this.#entries === undefined) return;
    const left = new Set(missingIn(row, [...this.#entries.values()]));
    for (const [actionId, entry] of this.#entries) {
      if (left.has(entry)) continue;
      this.announce(actionId);
      this.#entries.delete(actionId);
      entry.merged.resolve();
    }
  }
}

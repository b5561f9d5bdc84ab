/**
 * The guidance that one agent has accepted, until the table's row has it. Each is announced once, as
 * soon as it is stored in any form: with its action, with the step that used it, or in the row.
 */

import { type AddedGuidance, missingIn } from "../model/added-guidance.ts";
import type { AgentRow, Guidance } from "../model/agent.ts";

interface Entry extends AddedGuidance {
  readonly merged: PromiseWithResolvers<void>;
  isAnnounced: boolean;
}

export class GuidanceLedger {
  readonly #announce: (guidance: Guidance) => void;
  /** By action id, oldest first; not more than actions without an ack, see `UNACKED_MAX`. */
  readonly #entries = new Map<string, Entry>();

  constructor(announce: (guidance: Guidance) => void) {
    this.#announce = announce;
  }

  /** Resolves once the table's row has it. @param iteration of the row that it is added to */
  add(guidance: Guidance, iteration: number): Promise<void> {
    const merged = Promise.withResolvers<void>();
    this.#entries.set(guidance.action_id, { guidance, iteration, merged, isAnnounced: false });
    return merged.promise;
  }

  /** It is stored. Returns it if it was not announced before. */
  announce(actionId: string): AddedGuidance | undefined {
    const entry = this.#entries.get(actionId);
    if (entry === undefined || entry.isAnnounced) return undefined;
    entry.isAnnounced = true;
    this.#announce(entry.guidance);
    return entry;
  }

  /** It is no longer in the row, so no merge is awaited for it. */
  drop(actionId: string): void {
    this.#entries.get(actionId)?.merged.resolve();
    this.#entries.delete(actionId);
  }

  /** Guidance that this image of the row is too old to have. */
  missingIn(row: AgentRow): readonly Guidance[] {
    return missingIn(row, [...this.#entries.values()]).map(({ guidance }) => guidance);
  }

  /** The table has this row. */
  settle(row: AgentRow): void {
    const left = new Set(missingIn(row, [...this.#entries.values()]));
    for (const [actionId, entry] of this.#entries) {
      if (left.has(entry)) continue;
      this.announce(actionId);
      this.#entries.delete(actionId);
      entry.merged.resolve();
    }
  }
}

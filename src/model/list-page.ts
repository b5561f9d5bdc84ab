/** One page of a list, and the request for it: the same in the store, in REST and for clients. */

import type { ActionOutcome } from "./action.ts";
import type { EffectState } from "./effect-states.ts";

/** A part of a list, and the cursor of the next one. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Requests the items after these; null if there are none. */
  readonly next_cursor: string | null;
}

export interface PageRequest {
  /** Items at most, up to 1,000. */
  readonly limit?: number;
  /** `next_cursor` of the page before. */
  readonly cursor?: string;
}

export interface ActionFilter {
  readonly status?: "pending" | "processed";
  readonly outcome?: ActionOutcome;
  readonly agentId?: string;
  readonly action?: string;
}

export interface EffectFilter {
  readonly agentId?: string;
  readonly state?: EffectState;
}

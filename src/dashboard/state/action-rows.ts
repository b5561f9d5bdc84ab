/** The queue as the page shows it: pages read from the server, kept current by events. */

import type { ActionOutcome } from "../../model/action.ts";
import type { ActionView } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { TroupeEvent } from "../../model/event.ts";

/** Actions kept; the oldest are dropped and can be loaded again. */
const ACTIONS_KEPT_MAX = 5_000;

export interface ActionEntry {
  readonly id: string;
  readonly action: string;
  readonly agentId: string | null;
  readonly actor: string;
  readonly urgency: number;
  readonly createdAt: number;
  readonly processedAt: number | null;
  readonly outcome: ActionOutcome | null;
  readonly error: ErrorData | null;
  readonly attempts: number;
  readonly notBefore: number | null;
  /** Undefined if only events have reported the action. */
  readonly payload?: unknown;
}

export type ActionFilter = "all" | "waiting" | "done" | "failed";

export class ActionList {
  readonly #actions = new Map<string, ActionEntry>();

  clear(): void {
    this.#actions.clear();
  }

  read(views: readonly ActionView[]): void {
    for (const view of views) this.#actions.set(view.id, fromView(view));
    this.#forgetOldest();
  }

  /** True if the event changed an action. */
  apply(event: TroupeEvent): boolean {
    if (event.type === "action.queued") return this.#queue(event);
    if (event.type === "action.processed") return this.#settle(event);
    return false;
  }

  /** Newest first. */
  list(filter: ActionFilter): readonly ActionEntry[] {
    const found = [...this.#actions.values()].filter((action) => passes(action, filter));
    return found.sort(
      (one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1),
    );
  }

  #queue(event: Extract<TroupeEvent, { type: "action.queued" }>): boolean {
    const { id, action, actor, urgency } = event.data;
    if (this.#actions.has(id)) return false;
    const fresh = { processedAt: null, outcome: null, error: null, attempts: 0, notBefore: null };
    const agentId = event.agent_id ?? null;
    this.#actions.set(id, { id, action, actor, urgency, agentId, createdAt: event.time, ...fresh });
    this.#forgetOldest();
    return true;
  }

  #settle(event: Extract<TroupeEvent, { type: "action.processed" }>): boolean {
    const { id, outcome, error } = event.data;
    const known = this.#actions.get(id);
    if (known === undefined || known.outcome !== null) return false;
    this.#actions.set(id, { ...known, outcome, error, processedAt: event.time });
    return true;
  }

  #forgetOldest(): void {
    const excess = this.#actions.size - ACTIONS_KEPT_MAX;
    if (excess < ACTIONS_KEPT_MAX / 10) return;
    for (const { id } of this.list("all").slice(-excess)) this.#actions.delete(id);
  }
}

function fromView(view: ActionView): ActionEntry {
  return {
    id: view.id,
    action: view.action,
    agentId: view.agent_id,
    actor: view.actor,
    urgency: view.urgency,
    createdAt: view.created_at,
    processedAt: view.processed_at,
    outcome: view.outcome,
    error: view.error,
    attempts: view.attempts,
    notBefore: view.not_before,
    payload: view.payload,
  };
}

function passes({ outcome }: ActionEntry, filter: ActionFilter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "waiting":
      return outcome === null;
    case "done":
      return outcome === "done";
    case "failed":
      return outcome === "rejected" || outcome === "dead";
  }
}

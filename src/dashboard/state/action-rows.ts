/** The queue as the page shows it: pages read from the server, kept current by events. */

import type { ActionView } from "../../model/agent-view.ts";
import type { TroupeEvent } from "../../model/event.ts";

/** Actions kept; the oldest are dropped and can be loaded again. */
const ACTIONS_KEPT_MAX = 5_000;

/** A view, or what events have reported of one: then it has no payload. */
export type ActionEntry = Pick<
  ActionView,
  "id" | "action" | "agent_id" | "actor" | "urgency" | "created_at" | "attempts"
> &
  Pick<ActionView, "processed_at" | "outcome" | "error"> &
  Partial<Pick<ActionView, "payload">>;

export type ActionFilter = "all" | "waiting" | "done" | "failed";

export class ActionList {
  readonly #actions = new Map<string, ActionEntry>();

  clear(): void {
    this.#actions.clear();
  }

  read(views: readonly ActionView[]): void {
    for (const view of views) this.#actions.set(view.id, view);
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
      (one, other) => other.created_at - one.created_at || (one.id < other.id ? 1 : -1),
    );
  }

  #queue(event: Extract<TroupeEvent, { type: "action.queued" }>): boolean {
    const { id, action, actor, urgency } = event.data;
    if (this.#actions.has(id)) return false;
    const { agent_id = null, time: created_at } = event;
    const fresh = { processed_at: null, outcome: null, error: null, attempts: 0 };
    this.#actions.set(id, { id, action, actor, urgency, agent_id, created_at, ...fresh });
    this.#forgetOldest();
    return true;
  }

  #settle(event: Extract<TroupeEvent, { type: "action.processed" }>): boolean {
    const { id, outcome, error } = event.data;
    const known = this.#actions.get(id);
    if (known === undefined || known.outcome !== null) return false;
    this.#actions.set(id, { ...known, outcome, error, processed_at: event.time });
    return true;
  }

  #forgetOldest(): void {
    const excess = this.#actions.size - ACTIONS_KEPT_MAX;
    if (excess < ACTIONS_KEPT_MAX / 10) return;
    for (const { id } of this.list("all").slice(-excess)) this.#actions.delete(id);
  }
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

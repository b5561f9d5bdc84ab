/** Counters of the whole process, from its events: each stored fact counts once. All start at 0. */

import type { EventBus } from "./event-bus.ts";
import type { ActionOutcome } from "./model/action.ts";
import { type ActionName, isActionName } from "./model/actions/action-registry.ts";
import type { ExitReason } from "./model/agent.ts";
import type { TroupeEvent } from "./model/event.ts";
import type { StepStatus } from "./model/step-status.ts";

/** An action's name; `unknown` for any other in a foreign row. */
export type CountedAction = ActionName | "unknown";

export class Counters implements Disposable {
  /** Actions put into a lane. */
  queued = 0;
  /** Ended actions by name and outcome. */
  readonly processed = new Map<CountedAction, Record<ActionOutcome, number>>();
  readonly steps: Record<StepStatus, number> = { ok: 0, error: 0, aborted: 0 };
  /** Ended agents, by the rung that ended their thread. */
  readonly stops: Record<ExitReason["rung"], number> = {
    none: 0,
    cooperative: 0,
    terminated: 0,
    zombie: 0,
  };
  readonly #subscription: Disposable;

  constructor(events: EventBus) {
    this.#subscription = events.subscribe((event) => this.#count(event));
  }

  /** Ended actions of all names. */
  get outcomes(): Readonly<Record<ActionOutcome, number>> {
    const sum = noOutcomes();
    for (const outcomes of this.processed.values()) {
      for (const [name, count] of Object.entries(outcomes)) sum[name as ActionOutcome] += count;
    }
    return sum;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #count({ type, data }: TroupeEvent): void {
    switch (type) {
      case "agent.step":
        this.steps[data.status] += 1;
        return;
      case "action.queued":
        this.queued += 1;
        return;
      case "action.processed":
        this.#outcomesOf(countedAction(data.action))[data.outcome] += 1;
        return;
      case "agent.status":
        if (data.status === "stopped" && data.exit_reason !== null) {
          this.stops[data.exit_reason.rung] += 1;
        }
        return;
      case "agent.guidance":
      case "agent.unresponsive":
      case "agent.progress":
      case "llm.partial":
      case "fleet.stats":
      case "gap":
        return;
    }
  }

  #outcomesOf(action: CountedAction): Record<ActionOutcome, number> {
    const known = this.processed.get(action);
    if (known !== undefined) return known;
    const outcomes = noOutcomes();
    this.processed.set(action, outcomes);
    return outcomes;
  }
}

function noOutcomes(): Record<ActionOutcome, number> {
  return { done: 0, cancelled: 0, rejected: 0, dead: 0 };
}

function countedAction(name: string): CountedAction {
  return isActionName(name) ? name : "unknown";
}

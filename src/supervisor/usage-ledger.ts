/**
 * What the whole fleet has spent on models, kept current call by call, so that its figures need no read of
 * the table: the sums of each type and model, and the agent that has spent most today. What it has is at
 * most a second ahead of the agents' rows.
 */

import { type Prices, type Spent, startsOf, withCall } from "../model/usage.ts";
import { type AgentUsage, addTo, compareFigures, noFigure, spansOf } from "../model/usage-sums.ts";
import type { Figure, UsageCounts } from "../model/usage-view.ts";
import type { AgentTable } from "../store/tables/agent-table.ts";
import type { Spending } from "./effects/spending.ts";

export class UsageLedger {
  readonly #sums = new Map<string, Spent>();
  /** Agents that have spent something on the newest day, with what they have spent ever. */
  readonly #today = new Map<string, readonly Spent[]>();
  #day = 0;

  /**
   * Takes what agents had spent before this process: those that live, and those that the table has as ended.
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  async load(alive: readonly AgentUsage[], table: Pick<AgentTable, "visitUsage">): Promise<void> {
    for (const row of alive) this.#take(row);
    await table.visitUsage((row) => this.#take(row), { isOfEnded: true, isPatient: true });
  }

  add({ agentId, agentType, calls, usage }: Spending): void {
    for (const call of calls)
      for (const one of withCall([], agentType, call)) addTo(this.#sums, one);
    this.#note(agentId, usage.spent, Date.now());
  }

  /** The sums of all agents that ever were, by type and model. */
  get spent(): readonly Spent[] {
    return [...this.#sums.values()];
  }

  /** The fleet's figures. Visits all agents that have spent something today. */
  count(prices: Prices, now = Date.now()): UsageCounts {
    const rates = { prices, now };
    let top: { agent_id: string; day: Figure } | null = null;
    for (const [agent_id, spent] of this.#today) {
      const { day } = spansOf(spent, rates);
      if (compareFigures(day, top?.day ?? noFigure) < 0) top = { agent_id, day };
    }
    return { ...spansOf(this.spent, rates), top };
  }

  #take({ agent_id, usage }: AgentUsage): void {
    if (usage === null) return;
    for (const one of usage.spent) addTo(this.#sums, one);
    this.#note(agent_id, usage.spent, Date.now());
  }

  #note(agentId: string, spent: readonly Spent[], now: number): void {
    const { day } = startsOf(now);
    if (day !== this.#day) this.#today.clear();
    this.#day = day;
    if (spent.some((one) => one.day.start === day)) this.#today.set(agentId, spent);
  }
}

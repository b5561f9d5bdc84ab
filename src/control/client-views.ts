/** Rows as clients see them: every answer with an agent or an action is made here, without secrets. */

import type { ActionRow } from "../model/action.ts";
import type { AgentRow } from "../model/agent.ts";
import {
  type ActionView,
  type AgentSight,
  type AgentView,
  type ListedAgent,
  type ListedRow,
  type LiveFigures,
  viewAction,
  viewAgent,
  viewListed,
} from "../model/agent-view.ts";
import { type FindConfigSchema, maskAction, maskAgent } from "../model/secret-config.ts";
import type { Prices } from "../model/usage.ts";

export class ClientViews {
  readonly #findSchema: FindConfigSchema;

  readonly #prices: () => Prices;

  /** @param findSchema asked for each view: types become known while the server runs, and prices change */
  constructor(findSchema: FindConfigSchema, prices: () => Prices) {
    this.#findSchema = findSchema;
    this.#prices = prices;
  }

  action(row: ActionRow): ActionView {
    return maskAction(viewAction(row), this.#findSchema);
  }

  agent(row: AgentRow, live: LiveFigures | null): AgentView {
    return viewAgent(maskAgent(row, this.#findSchema), this.#sight(live));
  }

  listedAgent(row: ListedRow, live: LiveFigures | null): ListedAgent {
    return viewListed(maskAgent(row, this.#findSchema), this.#sight(live));
  }

  #sight(live: LiveFigures | null): AgentSight {
    return { live, without: "warm", prices: this.#prices() };
  }
}

/** Rows as clients see them: every answer with an agent or an action is made here, without secrets. */

import type { ActionRow } from "../model/action.ts";
import type { AgentRow } from "../model/agent.ts";
import { residencyOf } from "../model/agent-residency.ts";
import {
  type ActionView,
  type AgentView,
  type ListedAgent,
  type ListedRow,
  type LiveFigures,
  viewAction,
  viewAgent,
} from "../model/agent-view.ts";
import { type FindConfigSchema, maskAction, maskAgent } from "../model/secret-config.ts";

export class ClientViews {
  readonly #findSchema: FindConfigSchema;

  /** @param findSchema asked for each view: types become known while the server runs */
  constructor(findSchema: FindConfigSchema) {
    this.#findSchema = findSchema;
  }

  action(row: ActionRow): ActionView {
    return maskAction(viewAction(row), this.#findSchema);
  }

  agent(row: AgentRow, live: LiveFigures | null): AgentView {
    return viewAgent(maskAgent(row, this.#findSchema), live, "warm");
  }

  listedAgent(row: ListedRow, live: LiveFigures | null): ListedAgent {
    const residency = residencyOf(row.status, live, "warm");
    return { ...maskAgent(row, this.#findSchema), live, residency };
  }
}

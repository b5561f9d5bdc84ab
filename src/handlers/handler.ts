/** What a handler is, and what it acts upon. */

import type { Action, ActionRow } from "../model/action.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import type { Done } from "../queue/dispatcher.ts";
import type { AgentCatalog } from "../supervisor/catalog/agent-catalog.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";

/** What handlers act upon. */
export interface HandlerDeps {
  readonly supervisor: Supervisor;
  readonly catalog: AgentCatalog;
  /**
   * Replaces every setting that may change while the process runs, or none of them.
   * @returns changed settings that need a restart
   */
  readonly reload: () => Promise<readonly string[]>;
  /**
   * Ends what waits for a later time for the agent of an `agent_destroy`, and creates that nobody has
   * taken, as far as they are older than it. Resolves with their rows.
   */
  readonly endOlder: (destroyId: string, agentId: string) => Promise<readonly ActionRow[]>;
}

/** Carries out one action. Whatever it throws rejects the action, or has it tried again. */
export type Handler<A extends ActionName> = (action: Action<A>, deps: HandlerDeps) => Promise<Done>;

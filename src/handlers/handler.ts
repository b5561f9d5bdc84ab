/** The type of a handler, and its dependencies. */

import type { Action, ActionRow } from "../model/action.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import type { Done } from "../queue/dispatcher.ts";
import type { AgentCatalog } from "../supervisor/catalog/agent-catalog.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";

export interface HandlerDeps {
  readonly supervisor: Supervisor;
  readonly catalog: AgentCatalog;
  /**
   * Replaces every setting that may change while the process runs; on an error, none of them.
   * @returns changed settings that need a restart
   */
  readonly reload: () => Promise<readonly string[]>;
  /** True if the journal keeps the action until its effect is stored, though its end is stored before. */
  readonly keepsEffect: (actionId: string) => boolean;
  /** See `Withdrawals.endOlder` in queue/withdrawals.ts. */
  readonly endOlder: (destroyId: string, agentId: string) => Promise<readonly ActionRow[]>;
}

/**
 * Carries out one action. If it throws a `TroupeError` that is not transient, the action is
 * rejected; after any other error it is retried.
 */
export type Handler<A extends ActionName> = (action: Action<A>, deps: HandlerDeps) => Promise<Done>;

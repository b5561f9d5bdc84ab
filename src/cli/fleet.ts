/**
 * The fleet as commands see it: through the server that runs it, or, where none does, through the
 * tables of its database. Commands do not know which.
 */

import type { ActionFilter, ListPage, PageRequest } from "../client/connect.ts";
import type { ActionView, AgentView, DatabaseView, ListedAgent } from "../model/agent-view.ts";
import type { AgentFilter } from "../model/request.ts";
import type { StepRow } from "../model/step.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { QueueVerbs } from "../queue/verbs.ts";
import type { WatchPrinter } from "./watch-printer.ts";

export interface Fleet extends AsyncDisposable {
  /** Takes what is asked for, and knows how it ended. */
  readonly verbs: QueueVerbs;
  /** What becomes of what is asked for: `queued at …`. */
  readonly destination: string;
  /** What a reader must know of what is shown; undefined where it is live. */
  readonly caveat: string | undefined;
  agentPage(options: AgentFilter & PageRequest): Promise<ListPage<ListedAgent>>;
  agentFind(agentId: string): Promise<AgentView | undefined>;
  /** @throws {TroupeError} `AGENT_UNKNOWN`. */
  stepPage(agentId: string, options: PageRequest): Promise<ListPage<StepRow>>;
  actionPage(options: ActionFilter & PageRequest): Promise<ListPage<ActionView>>;
  types(): Promise<readonly TypeView[]>;
  /** @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `SETTING_INVALID`. */
  typeSet(name: string, change: SettingsChange): Promise<TypeView>;
  database(): Promise<DatabaseView>;
  /**
   * Compacts all tables, and tells how large they are then.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; `DATABASE_LOCKED` without a server, where a process
   * runs on the database all the same.
   */
  databaseCompact(): Promise<DatabaseView>;
  /**
   * Has what happens printed, to one agent or to all, until `signal`.
   * @throws {TroupeError} `AGENT_UNKNOWN`.
   */
  watch(agentId: string | undefined, printer: WatchPrinter, signal: AbortSignal): Promise<void>;
}

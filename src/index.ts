/**
 * The public API: `import … from "troupe"` outside an agent's thread.
 * Invariant: the database is loaded only when a queue is opened, never by a client of a server.
 * Statically imported code has no `using`, which older Nodes cannot parse.
 */

import type { Fleet } from "./fleet/fleet.ts";

export type {
  AgentContext,
  AgentDefinition,
  GuidanceContent,
  StepResult,
} from "./agents/define-agent.ts";
export { defineAgent } from "./agents/define-agent.ts";
export type { LlmCallOptions, LlmFunctions, LlmMedia } from "./agents/llm.ts";
export type {
  ActionOptions,
  ActionRequest,
  AgentCreateOptions,
  AgentInterruptOptions,
} from "./fleet/action-verbs.ts";
export type { Connection, EventOf, EventOptions } from "./fleet/event-iteration.ts";
export type { Fleet as QueueClient, Watched } from "./fleet/fleet.ts";
export type { ConnectOptions, ServerFleet as TroupeClient } from "./fleet/server-fleet.ts";
export { connect } from "./fleet/server-fleet.ts";
export type { ActionOutcome } from "./model/action.ts";
export type { AgentFilter } from "./model/agent-filter.ts";
export type {
  ActionView,
  AgentView,
  DatabaseView,
  ListedAgent,
  LiveFigures,
  TableStats,
} from "./model/agent-view.ts";
export type { ErrorCode } from "./model/error-codes.ts";
export type { ErrorData } from "./model/error-data.ts";
export { TroupeError } from "./model/errors.ts";
export type { EventData, EventType, TroupeEvent } from "./model/event.ts";
export type { ActionFilter, ListPage, PageRequest } from "./model/list-page.ts";
export type { StepRow } from "./model/step.ts";
export type { SettingsChange, TypeView } from "./model/type-settings.ts";

/**
 * Opens a fleet through the tables of its database, which is created if it is missing.
 * @param location LanceDB folder or URI, as in `TROUPE_DB`
 * @throws {TroupeError} `DATABASE_UNUSABLE` if it cannot be opened.
 */
export async function openQueue(location: string): Promise<Fleet> {
  const { openTablesAt } = await import("./fleet/table-fleet.ts");
  return await openTablesAt(location);
}

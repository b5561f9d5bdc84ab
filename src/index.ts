/**
 * The library's face: what `import … from "troupe"` gives outside an agent's thread.
 * Invariant: the database is loaded where a queue is opened and not before, so that a program that
 * speaks to a server alone loads none.
 */

import { QueueClient } from "./queue/client.ts";

export type {
  AgentContext,
  AgentDefinition,
  GuidanceContent,
  StepResult,
} from "./agents/define-agent.ts";
export { defineAgent } from "./agents/define-agent.ts";
export type {
  ActionFilter,
  AgentFilter,
  ConnectOptions,
  ListPage,
  PageRequest,
  TroupeClient,
} from "./client/client.ts";
export { connect } from "./client/client.ts";
export type { Connection, EventOf, EventOptions } from "./client/event-stream.ts";
export type { ActionOutcome } from "./model/action.ts";
export type { ErrorData } from "./model/error-data.ts";
export type { ErrorCode } from "./model/error-kinds.ts";
export { TroupeError } from "./model/errors.ts";
export type { EventData, EventType, TroupeEvent } from "./model/event.ts";
export type { StepRow } from "./model/step.ts";
export type {
  ActionView,
  AgentView,
  DatabaseView,
  ListedAgent,
  LiveFigures,
  TableStats,
} from "./model/view.ts";
export type { QueueClient } from "./queue/client.ts";
export type { ActionRequest } from "./queue/enqueue.ts";
export type { ActionOptions, AgentCreateOptions, AgentInterruptOptions } from "./queue/verbs.ts";

/**
 * Opens the queue of a database, made where it is missing.
 * @param location LanceDB folder or URI, as in `TROUPE_DB`
 * @throws {TroupeError} `DATABASE_UNUSABLE` where it cannot be opened.
 */
export async function openQueue(location: string): Promise<QueueClient> {
  const { openStore } = await import("./store/store.ts");
  const store = await openStore({ location });
  return new QueueClient({ table: store.queue, close: () => store.close() });
}

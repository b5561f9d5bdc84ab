/**
 * The public API: `import … from "troupe"` outside an agent's thread.
 * Invariant: the database is loaded only when a queue is opened, never by a client of a server.
 * Statically imported code has no `using`, which older Nodes cannot parse.
 */

import type { Fleet } from "./fleet/fleet.ts";
import { TroupeError } from "./model/errors.ts";
import { excerpt } from "./model/ids.ts";

export type {
  AgentContext,
  AgentDefinition,
  GuidanceContent,
  NextStep,
  Once,
  OnceCall,
  OnceOptions,
  StepResult,
} from "./agents/define-agent.ts";
export { defineAgent, UnknownOutcome } from "./agents/define-agent.ts";
export type { Json, JsonOf } from "./agents/json-data.ts";
export type { LlmCallOptions, LlmFunctions, LlmMedia } from "./agents/llm.ts";
export type {
  ActionOptions,
  ActionRequest,
  AgentCreateOptions,
  AgentInterruptOptions,
} from "./fleet/action-verbs.ts";
export type { ConnectFleetOptions, ConnectOptions } from "./fleet/connect.ts";
export { connect } from "./fleet/connect.ts";
export type { Connection, EventOf, EventOptions, Watched } from "./fleet/event-iteration.ts";
export type { Fleet as QueueClient } from "./fleet/fleet.ts";
export type { ServerFleet as TroupeClient } from "./fleet/server-fleet.ts";
export type { ShardedFleet as ShardedClient } from "./fleet/shards/sharded-fleet.ts";
export type { ActionOutcome } from "./model/action.ts";
export type { AgentFilter } from "./model/agent-filter.ts";
export type {
  HeapSummary,
  InsideAnswers,
  InsideQuery,
  LogLine,
  Stack,
  StackFrame,
} from "./model/agent-inside.ts";
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
export type { AgentStepFilter, StepRow } from "./model/step.ts";
export type { StepCountFilter, StepFilter } from "./model/step-filter.ts";
export type { StepCount, StepSpan } from "./model/step-span.ts";
export type { SettingsChange, TypeView } from "./model/type-settings.ts";

/** Of the database's client and of the code around it; everything else here runs on Node 20. */
const DATABASE_NODE_MIN = 26;

/**
 * Opens a fleet through the tables of its database, which is created if it is missing. Needs Node 26.
 * @param location LanceDB folder or URI, as in `TROUPE_DB`; a folder with a `fleet.json` has several
 * shards, which are used as one
 * @throws {TroupeError} `DATABASE_UNUSABLE` if it cannot be opened, `SETTING_INVALID` if the location is not
 * text, `RUNTIME_TOO_OLD` on an older Node.
 */
export async function openQueue(location: string): Promise<Fleet> {
  if (Number.parseInt(process.versions.node, 10) < DATABASE_NODE_MIN) {
    throw new TroupeError(
      "RUNTIME_TOO_OLD",
      `openQueue needs Node ${DATABASE_NODE_MIN} or newer, this is ${process.version}; connect, which uses a server, needs Node 20`,
    );
  }
  if (typeof location !== "string" || location.trim() === "") {
    throw new TroupeError(
      "SETTING_INVALID",
      `openQueue takes a folder, or a URI such as s3://bucket/path, got ${excerpt(location)}`,
    );
  }
  const { openQueueAt } = await import("./fleet/open-queue.ts");
  return await openQueueAt(location);
}

/** The library's face: what `import … from "troupe"` gives outside an agent's thread. */

import { QueueClient } from "./queue/client.ts";
import { openStore } from "./store/store.ts";

export type {
  AgentContext,
  AgentDefinition,
  GuidanceContent,
  StepResult,
} from "./agents/define-agent.ts";
export { defineAgent } from "./agents/define-agent.ts";
export type { ActionOutcome } from "./model/action.ts";
export type { ErrorData } from "./model/error-data.ts";
export { type ErrorCode, TroupeError } from "./model/errors.ts";
export type { ActionView } from "./model/view.ts";
export type {
  ActionOptions,
  AgentCreateOptions,
  AgentInterruptOptions,
  QueueClient,
} from "./queue/client.ts";
export type { ActionRequest } from "./queue/enqueue.ts";

/**
 * Opens the queue of a database, made where it is missing.
 * @param location LanceDB folder or URI, as in `TROUPE_DB`
 * @throws {TroupeError} `DATABASE_UNUSABLE` where it cannot be opened.
 */
export async function openQueue(location: string): Promise<QueueClient> {
  const store = await openStore({ location });
  return new QueueClient({ table: store.queue, close: () => store.close() });
}

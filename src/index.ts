/**
 * The library's face: what `import … from "troupe"` gives outside an agent's thread.
 * Invariant: the database is loaded where a queue is opened and not before, so that a program that
 * speaks to a server alone loads none. What is loaded at once has no `using` in it: older Nodes
 * cannot parse it.
 */

import { connect, type TroupeClient } from "./client/connect.ts";
import type { ActionView } from "./model/agent-view.ts";
import { TroupeError } from "./model/errors.ts";
import type { QueueClient, Withdraw } from "./queue/open-queue.ts";
import type { Store } from "./store/store.ts";

export type {
  AgentContext,
  AgentDefinition,
  GuidanceContent,
  StepResult,
} from "./agents/define-agent.ts";
export { defineAgent } from "./agents/define-agent.ts";
export type {
  ActionFilter,
  ConnectOptions,
  ListPage,
  PageRequest,
  TroupeClient,
} from "./client/connect.ts";
export { connect } from "./client/connect.ts";
export type { Connection, EventOf, EventOptions } from "./client/event-stream.ts";
export type { ActionOutcome } from "./model/action.ts";
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
export type { AgentFilter } from "./model/request.ts";
export type { StepRow } from "./model/step.ts";
export type { SettingsChange, TypeView } from "./model/type-settings.ts";
export type { QueueClient } from "./queue/open-queue.ts";
export type {
  ActionOptions,
  ActionRequest,
  AgentCreateOptions,
  AgentInterruptOptions,
} from "./queue/verbs.ts";

/**
 * Opens the queue of a database, made where it is missing.
 * @param location LanceDB folder or URI, as in `TROUPE_DB`
 * @throws {TroupeError} `DATABASE_UNUSABLE` where it cannot be opened.
 */
export async function openQueue(location: string): Promise<QueueClient> {
  const { openStore } = await import("./store/store.ts");
  const { QueueClient } = await import("./queue/open-queue.ts");
  const store = await openStore({ location });
  const withdraw = (...asked: Parameters<Withdraw>) => withdrawFrom(location, store, asked);
  return new QueueClient({ table: store.queue, withdraw, close: () => store.close() });
}

/** A process that runs on the database knows alone what it has begun, so it is asked. */
async function withdrawFrom(
  location: string,
  store: Store,
  asked: Parameters<Withdraw>,
): Promise<ActionView> {
  const { withdrawIdle } = await import("./store/ownership/idle-withdrawal.ts");
  try {
    return await withdrawIdle(location, store, asked);
  } catch (error) {
    const server = isLocked(error) ? await findServer(location) : undefined;
    if (server === undefined) throw error;
    return await server.actionCancel(...asked);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof TroupeError && error.code === "DATABASE_LOCKED";
}

/** The server of a database on this machine, with the token that is kept beside it. */
async function findServer(location: string): Promise<TroupeClient | undefined> {
  const { findLockHolder } = await import("./store/ownership/lock.ts");
  const { localStateFolder } = await import("./store/ownership/location.ts");
  const { readToken, tokenPath } = await import("./control/access/token-file.ts");
  const url = (await findLockHolder(location))?.url;
  const token = await readToken(tokenPath(localStateFolder(location)));
  return url === undefined || token === undefined ? undefined : connect(url, { token });
}

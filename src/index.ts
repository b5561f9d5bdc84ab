/**
 * The public API: what `import … from "troupe"` gives outside an agent's thread.
 * Invariant: the database is loaded only when a queue is opened, so that a program that only talks to a
 * server does not load it. Statically imported code has no `using`, which older Nodes cannot parse.
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
 * Opens the queue of a database, which is made if it is missing.
 * @param location LanceDB folder or URI, as in `TROUPE_DB`
 * @throws {TroupeError} `DATABASE_UNUSABLE` if it cannot be opened.
 */
export async function openQueue(location: string): Promise<QueueClient> {
  const { openStore } = await import("./store/store.ts");
  const { QueueClient } = await import("./queue/open-queue.ts");
  const store = await openStore({ location });
  const withdraw = (...args: Parameters<Withdraw>) => withdrawFrom(location, store, args);
  return new QueueClient({ table: store.queue, withdraw, close: () => store.close() });
}

/** Only a process that runs the database knows which actions have begun, so its server decides. */
async function withdrawFrom(
  location: string,
  store: Store,
  args: Parameters<Withdraw>,
): Promise<ActionView> {
  const { withdrawIdle } = await import("./store/ownership/idle-withdrawal.ts");
  try {
    return await withdrawIdle(location, store, args);
  } catch (error) {
    const server = isLocked(error) ? await findServer(location) : undefined;
    if (server === undefined) throw error;
    return await server.actionCancel(...args);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof TroupeError && error.code === "DATABASE_LOCKED";
}

/** The server of a database on this machine, with the database's token. */
async function findServer(location: string): Promise<TroupeClient | undefined> {
  const { findLockHolder } = await import("./store/ownership/lock.ts");
  const { localStateFolder } = await import("./store/ownership/location.ts");
  const { readToken, tokenPath } = await import("./control/access/token-file.ts");
  const url = (await findLockHolder(location))?.url;
  const token = await readToken(tokenPath(localStateFolder(location)));
  return url === undefined || token === undefined ? undefined : connect(url, { token });
}

/** The client of a server: the verbs, reads and events of a fleet over REST. */

import { setTimeout as delay } from "node:timers/promises";
import type { ActionOutcome, NewAction } from "../model/action.ts";
import type {
  About,
  ActionView,
  AgentView,
  DatabaseView,
  ListedAgent,
} from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import type { EventType } from "../model/event.ts";
import type { AgentFilter } from "../model/request.ts";
import type { StepRow } from "../model/step.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import { checkNewActions } from "../queue/request-check.ts";
import { QueueVerbs, waitTimeout } from "../queue/verbs.ts";
import { type EventOf, type EventOptions, openEvents } from "./event-stream.ts";
import { isObject, isUnreachable, type Query, queryText, Requests } from "./requests.ts";
import { type Address, parseAddress } from "./server-address.ts";

export interface ConnectOptions {
  /** Bearer token of the server; by default the one in the address, if there is one. */
  readonly token?: string;
}

/** A part of a list, and where the next one begins. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Null where there is nothing more. */
  readonly next_cursor: string | null;
}

export interface PageRequest {
  /** Items at most, up to 1,000. */
  readonly limit?: number;
  /** `next_cursor` of the page before. */
  readonly cursor?: string;
}

/** Asks for rows with context, history and the whole result. */
export interface WholeRows {
  readonly fields: "all";
}

export interface ActionFilter {
  readonly status?: "pending" | "processed";
  readonly outcome?: ActionOutcome;
  readonly agentId?: string;
  readonly action?: string;
}

/** Milliseconds that one request for the end of an action waits at the server. */
const WAIT_MS_MAX = 30_000;
/** Milliseconds between two looks at an action where the server does not wait. */
const WAIT_POLL_MS = 250;
/**
 * Milliseconds that a compaction may take. The server ends connections that are silent for a quarter
 * of that; the request is made again then, and waits for the same compaction.
 */
const COMPACT_MS_MAX = 600_000;
/** Items of the pages that an iteration reads. */
const PAGE_ITEMS = 1_000;

/**
 * Speaks to a running server. Makes no connection before it is asked for something, and holds none
 * open but for {@link events}. Every method throws `SERVER_UNREACHABLE` where no server answers,
 * `TOKEN_REQUIRED` where the token is not the server's, `SERVER_UNKNOWN` where what answers is not
 * Troupe, and the server's own errors under their codes.
 */
export class TroupeClient extends QueueVerbs {
  readonly #requests: Requests;

  /** @param locate asked before each request: a server may come back at another address */
  constructor(locate: () => Promise<Address>) {
    super();
    this.#requests = new Requests(locate);
  }

  /** One request, which is repeated without harm where the connection fails. */
  protected async append(actions: readonly NewAction[]): Promise<readonly string[]> {
    // Here, because JSON would change silently what it cannot hold.
    checkNewActions(actions);
    const { body } = await this.#requests.post("/api/actions", actions.map(toBody));
    const ids = isObject(body) ? body["action_ids"] : undefined;
    if (Array.isArray(ids)) return ids as readonly string[];
    throw new TroupeError("SERVER_UNKNOWN", "POST /api/actions answered without action_ids");
  }

  async actionFind(actionId: string): Promise<ActionView | undefined> {
    const answer = await this.#requests.find(actionPath(actionId), "ACTION_NOT_FOUND");
    return answer?.body as ActionView | undefined;
  }

  /** Rides through restarts of the server. */
  async actionWait(actionId: string, timeoutMs: number): Promise<ActionView> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const leftMs = deadline - Date.now();
      const action = await this.#actionSoon(actionId, Math.max(0, leftMs));
      if (action?.processed === true) return action;
      if (leftMs <= 0) throw waitTimeout(actionId, timeoutMs);
    }
  }

  /** What the server uses: its model, its types of agents. */
  async about(): Promise<About> {
    return (await this.#requests.get("/about.json")).body as About;
  }

  async actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView> {
    const path = `${actionPath(actionId)}${queryText({ actor, reason })}`;
    return (await this.#requests.change("DELETE", path)).body as ActionView;
  }

  /** All agents that fit, by id, read page by page as they are asked for. */
  agents(filter: AgentFilter & WholeRows): AsyncGenerator<AgentView, void>;
  agents(filter?: AgentFilter): AsyncGenerator<ListedAgent, void>;
  agents(filter: AgentFilter & Partial<WholeRows> = {}): AsyncGenerator<ListedAgent, void> {
    return eachOf((page) => this.agentPage({ ...filter, ...page }));
  }

  /** A page may end before its limit where rows are large: its `next_cursor` goes on. */
  async agentPage(options: AgentFilter & WholeRows & PageRequest): Promise<ListPage<AgentView>>;
  async agentPage(options?: AgentFilter & PageRequest): Promise<ListPage<ListedAgent>>;
  async agentPage(
    options: AgentFilter & Partial<WholeRows> & PageRequest = {},
  ): Promise<ListPage<ListedAgent>> {
    return await this.#page("/api/agents", { ...options });
  }

  /** The agent as it is now; undefined where there is none of this id. */
  async agentFind(agentId: string): Promise<AgentView | undefined> {
    const answer = await this.#requests.find(agentPath(agentId), "AGENT_UNKNOWN");
    return answer?.body as AgentView | undefined;
  }

  /** What the agent did, newest first. */
  steps(agentId: string): AsyncGenerator<StepRow, void> {
    return eachOf((page) => this.stepPage(agentId, page));
  }

  async stepPage(agentId: string, { limit, cursor }: PageRequest = {}): Promise<ListPage<StepRow>> {
    return await this.#page(`${agentPath(agentId)}/steps`, { limit, cursor });
  }

  /** All actions that fit, newest first. */
  actions(filter: ActionFilter = {}): AsyncGenerator<ActionView, void> {
    return eachOf((page) => this.actionPage({ ...filter, ...page }));
  }

  async actionPage(options: ActionFilter & PageRequest = {}): Promise<ListPage<ActionView>> {
    const { status, outcome, agentId, action, limit, cursor } = options;
    const query = { status, outcome, agent_id: agentId, action, limit, cursor };
    return await this.#page("/api/actions", query);
  }

  /** The types of agents, and how they are treated. */
  async types(): Promise<readonly TypeView[]> {
    return (await this.#page<TypeView>("/api/types", {})).items;
  }

  /**
   * Changes settings of a type; null takes one out, so that its definition's or the built-in default
   * counts. Agents that start from then on use them.
   * @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `REQUEST_INVALID`, `SETTING_INVALID`.
   */
  async typeSet(name: string, change: SettingsChange): Promise<TypeView> {
    const path = `/api/types/${encodeURIComponent(name)}`;
    return (await this.#requests.change("PATCH", path, change)).body as TypeView;
  }

  /**
   * Events from now on. Whenever the connection is lost it is made again and goes on after the last
   * event; what is missing all the same is told by an event `gap`. A consumer that is slow gets
   * gaps, too, and never holds up the server.
   */
  events<T extends EventType = EventType>(
    options: EventOptions<T> = {},
  ): AsyncGenerator<EventOf<T>, void> {
    return openEvents(this.#requests, options);
  }

  /** How large the tables of the database are. */
  async database(): Promise<DatabaseView> {
    return asDatabase((await this.#requests.get("/api/database")).body);
  }

  /** Has all tables compacted now, and tells how large they are then. */
  async databaseCompact(): Promise<DatabaseView> {
    const path = "/api/database/compact";
    return asDatabase((await this.#requests.post(path, {}, COMPACT_MS_MAX)).body);
  }

  /** Nothing is open; the method is there so that whoever holds any client can close it. */
  async close(): Promise<void> {}

  /** The action once it is processed, or as it is after a while. Rides through restarts. */
  async #actionSoon(actionId: string, leftMs: number): Promise<ActionView | undefined> {
    try {
      const waitMs = Math.min(leftMs, WAIT_MS_MAX);
      const answer = await this.#requests.find(actionPath(actionId), "ACTION_NOT_FOUND", waitMs);
      const action = answer?.body as ActionView | undefined;
      if (action?.processed === true || answer?.headers.has("preference-applied")) return action;
    } catch (error) {
      if (leftMs === 0 || !isUnreachable(error)) throw error;
    }
    await delay(Math.min(leftMs, WAIT_POLL_MS));
    return undefined;
  }

  async #page<T>(path: string, query: Query): Promise<ListPage<T>> {
    const { body } = await this.#requests.get(path, query);
    if (isObject(body) && Array.isArray(body["items"])) return body as unknown as ListPage<T>;
    throw new TroupeError("SERVER_UNKNOWN", `${path} answered without items`);
  }
}

/**
 * A client of the server at `url`, for instance `http://127.0.0.1:7878`, or the address with the
 * token in it that `troupe start` prints.
 * @throws {TroupeError} `SERVER_URL_INVALID`.
 */
export function connect(url: string, options: ConnectOptions = {}): TroupeClient {
  const address = parseAddress(url, options.token);
  return new TroupeClient(async () => address);
}

async function* eachOf<T>(
  read: (page: PageRequest) => Promise<ListPage<T>>,
): AsyncGenerator<T, void> {
  let cursor: string | undefined;
  do {
    const page = await read(defined({ limit: PAGE_ITEMS, cursor }));
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

function asDatabase(body: unknown): DatabaseView {
  if (isObject(body) && isObject(body["tables"])) return body as unknown as DatabaseView;
  throw new TroupeError("SERVER_UNKNOWN", "the database was answered without its tables");
}

/** The agent's id goes into the payload, where REST looks for it. */
function toBody({ agent_id, ...action }: NewAction): Readonly<Record<string, unknown>> {
  const { payload } = action;
  return { ...action, payload: agent_id === undefined ? payload : { agent_id, ...payload } };
}

function agentPath(agentId: string): string {
  return `/api/agents/${encodeURIComponent(agentId)}`;
}

function actionPath(actionId: string): string {
  return `/api/actions/${encodeURIComponent(actionId)}`;
}

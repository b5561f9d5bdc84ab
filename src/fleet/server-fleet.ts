/** A fleet through the server that runs it: requests, and the event stream. */

import { setTimeout as delay } from "node:timers/promises";
import type { NewAction } from "../model/action.ts";
import type { AgentFilter } from "../model/agent-filter.ts";
import type { InsideAnswers, InsideQuery } from "../model/agent-inside.ts";
import type {
  About,
  ActionView,
  AgentView,
  DatabaseView,
  EffectView,
  ListedAgent,
  StepContext,
} from "../model/agent-view.ts";
import { TroupeError } from "../model/errors.ts";
import type { EventType } from "../model/event.ts";
import { checkWait, waitTimeout } from "../model/fleet-errors.ts";
import { PROFILE_SECONDS_DEFAULT } from "../model/limits.ts";
import type { ActionFilter, EffectFilter, ListPage, PageRequest } from "../model/list-page.ts";
import { isObject } from "../model/parse-json.ts";
import type { StepPageRequest, StepRow } from "../model/step.ts";
import type { StepCountFilter, StepFilter } from "../model/step-filter.ts";
import type { StepCount, StepSpan } from "../model/step-span.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { UsageRequest } from "../model/usage-sums.ts";
import type { UsageView } from "../model/usage-view.ts";
import { checkNewActions } from "../queue/request-check.ts";
import type { EventOptions, Followed } from "./event-iteration.ts";
import { type AgentPageRequest, Fleet, type ServerSource, type WholeRows } from "./fleet.ts";
import {
  agentIdOf,
  changeOf,
  checkInside,
  checkOptions,
  iterationOf,
  textOf,
  withdrawalOf,
} from "./read-checks.ts";
import { isUnreachable, type Locate, type Query, queryText, Requests } from "./requests.ts";
import { ServerEvents } from "./server-events.ts";

/**
 * Milliseconds that one request for the end of an action waits at the server: less than the 30 s after
 * which some proxies give up.
 */
const WAIT_MS_MAX = 25_000;
/** Milliseconds between two reads of an action if the server does not wait. */
const WAIT_POLL_MS = 250;
/**
 * Milliseconds that a compaction may take. The server ends connections that are silent for a quarter
 * of that; the request is made again then, and waits for the same compaction.
 */
const COMPACT_MS_MAX = 600_000;
/** Milliseconds that a look inside a thread may take beyond the length of a profile. */
const INSIDE_MS_MAX = 60_000;

/**
 * Makes no connection before the first request, and keeps one open for {@link events} only. Every method
 * throws `SERVER_UNREACHABLE` if no server answers, `TOKEN_REQUIRED` if the token is not the server's,
 * `SERVER_UNKNOWN` if the server is not Troupe, and the server's own errors under their codes.
 */
export class ServerFleet extends Fleet {
  readonly source: ServerSource;
  readonly #requests: Requests;

  /**
   * @param found the server's address when it was found, and its process if its database names it
   * @param locate called before each request: a server may have a new address after a restart
   */
  constructor(found: { readonly url: string; readonly pid?: number }, locate: Locate) {
    super();
    this.source = { kind: "server", url: found.url, pid: found.pid };
    this.#requests = new Requests(locate, this.closing);
  }

  /** One request, which is repeated without harm if the connection fails. */
  protected async append(actions: readonly NewAction[]): Promise<readonly string[]> {
    // Here, because JSON silently changes values that it cannot hold.
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

  /** Survives restarts of the server. */
  async actionWait(actionId: string, timeoutMs: number): Promise<ActionView> {
    checkWait(timeoutMs);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = deadline - performance.now();
      const action = await this.#actionSoon(actionId, Math.max(0, leftMs));
      if (action?.processed === true) return action;
      if (leftMs <= 0) throw waitTimeout(actionId, timeoutMs);
    }
  }

  /** The server's own account of its model, its types of agents and its settings. */
  async about(): Promise<About> {
    return (await this.#requests.get("/about.json")).body as About;
  }

  async actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView> {
    const [id, by, why] = withdrawalOf(actionId, actor, reason);
    const path = `${actionPath(id)}${queryText({ actor: by, reason: why })}`;
    return (await this.#requests.change("DELETE", path)).body as ActionView;
  }

  async agentPage(options: AgentFilter & WholeRows & PageRequest): Promise<ListPage<AgentView>>;
  async agentPage(options?: AgentPageRequest): Promise<ListPage<ListedAgent>>;
  async agentPage(options: AgentPageRequest = {}): Promise<ListPage<ListedAgent>> {
    checkOptions("agentPage", options);
    return await this.#page("/api/agents", { ...options });
  }

  async agentFind(agentId: string): Promise<AgentView | undefined> {
    const answer = await this.#requests.find(agentPath(agentId), "AGENT_UNKNOWN");
    return answer?.body as AgentView | undefined;
  }

  async stepPage(agentId: string, options: StepPageRequest = {}): Promise<ListPage<StepRow>> {
    checkOptions("stepPage", options);
    const { status, limit, cursor } = options;
    return await this.#page(`${agentPath(agentId)}/steps`, { status, limit, cursor });
  }

  async stepSpanPage(options: StepFilter & PageRequest = {}): Promise<ListPage<StepSpan>> {
    checkOptions("stepSpanPage", options);
    const { agentId, ...query } = options;
    return await this.#page("/api/steps", { agent: agentId, ...query });
  }

  async stepCountPage(
    options: StepCountFilter & Pick<PageRequest, "cursor"> = {},
  ): Promise<ListPage<StepCount>> {
    checkOptions("stepCountPage", options);
    const { agentId, bucketMs, ...query } = options;
    return await this.#page("/api/steps/counts", {
      agent: agentId,
      bucket_ms: bucketMs,
      ...query,
    });
  }

  async stepEffectPage(
    agentId: string,
    iteration: number,
    options: PageRequest = {},
  ): Promise<ListPage<EffectView>> {
    checkOptions("stepEffectPage", options);
    const path = `${agentPath(agentId)}/steps/${iterationOf(iteration)}/effects`;
    return await this.#page(path, { ...options });
  }

  async stepContext(agentId: string, iteration: number): Promise<StepContext> {
    const path = `${agentPath(agentId)}/steps/${iterationOf(iteration)}/context`;
    return (await this.#requests.get(path)).body as StepContext;
  }

  async effectPage(options: EffectFilter & PageRequest = {}): Promise<ListPage<EffectView>> {
    checkOptions("effectPage", options);
    const { agentId, state, limit, cursor } = options;
    return await this.#page("/api/effects", { agent_id: agentId, state, limit, cursor });
  }

  async effectFind(effectId: string): Promise<EffectView | undefined> {
    const path = `/api/effects/${encodeURIComponent(textOf("effectId", effectId))}`;
    const answer = await this.#requests.find(path, "EFFECT_NOT_FOUND");
    return answer?.body as EffectView | undefined;
  }

  async actionPage(options: ActionFilter & PageRequest = {}): Promise<ListPage<ActionView>> {
    checkOptions("actionPage", options);
    const { status, outcome, agentId, action, limit, cursor } = options;
    const query = { status, outcome, agent_id: agentId, action, limit, cursor };
    return await this.#page("/api/actions", query);
  }

  async inside<W extends keyof InsideAnswers>(
    agentId: string,
    what: W,
    query: InsideQuery = {},
  ): Promise<InsideAnswers[W]> {
    checkInside(what, query);
    const waitMs = (query.seconds ?? PROFILE_SECONDS_DEFAULT) * 1_000 + INSIDE_MS_MAX;
    const { body } = await this.#requests.get(
      `${agentPath(agentId)}/${what}`,
      { ...query },
      waitMs,
    );
    return body as InsideAnswers[W];
  }

  async usage(options: Partial<UsageRequest> = {}): Promise<UsageView> {
    checkOptions("usage", options);
    const { body } = await this.#requests.get("/api/usage", { ...options });
    if (isObject(body) && Array.isArray(body["agents"])) return body as unknown as UsageView;
    throw new TroupeError("SERVER_UNKNOWN", "GET /api/usage answered without agents");
  }

  async types(): Promise<readonly TypeView[]> {
    return (await this.#page<TypeView>("/api/types", {})).items;
  }

  async typeSet(name: string, change: SettingsChange): Promise<TypeView> {
    const path = `/api/types/${encodeURIComponent(textOf("name", name))}`;
    const body = changeOf(name, change);
    return (await this.#requests.change("PATCH", path, body)).body as TypeView;
  }

  protected follow<T extends EventType>(
    options: EventOptions<T>,
    signal: AbortSignal,
  ): AsyncGenerator<Followed<T>, void> {
    return new ServerEvents(this.#requests, options, signal).read();
  }

  async database(): Promise<DatabaseView> {
    return asDatabase((await this.#requests.get("/api/database")).body);
  }

  async databaseCompact(): Promise<DatabaseView> {
    const path = "/api/database/compact";
    return asDatabase((await this.#requests.post(path, {}, COMPACT_MS_MAX)).body);
  }

  /** Nothing: each request and each iteration ends with {@link closing}. */
  protected async release(): Promise<void> {}

  /** The action once it is processed, or its state after a while. Survives restarts of the server. */
  async #actionSoon(actionId: string, leftMs: number): Promise<ActionView | undefined> {
    try {
      const waitMs = Math.min(leftMs, WAIT_MS_MAX);
      const answer = await this.#requests.find(actionPath(actionId), "ACTION_NOT_FOUND", waitMs);
      const action = answer?.body as ActionView | undefined;
      if (action?.processed === true || answer?.headers.has("preference-applied")) return action;
    } catch (error) {
      if (leftMs === 0 || !isUnreachable(error)) throw error;
    }
    const pauseMs = Math.min(leftMs, WAIT_POLL_MS);
    await delay(pauseMs, undefined, { signal: this.closing }).catch(() => undefined);
    return undefined;
  }

  async #page<T>(path: string, query: Query): Promise<ListPage<T>> {
    const { body } = await this.#requests.get(path, query);
    if (isObject(body) && Array.isArray(body["items"])) return body as unknown as ListPage<T>;
    throw new TroupeError("SERVER_UNKNOWN", `${path} answered without items`);
  }
}

function asDatabase(body: unknown): DatabaseView {
  if (isObject(body) && isObject(body["tables"])) return body as unknown as DatabaseView;
  throw new TroupeError("SERVER_UNKNOWN", "the database was answered without its tables");
}

/** REST takes the agent's id in the payload. */
function toBody({ agent_id, ...action }: NewAction): Readonly<Record<string, unknown>> {
  const { payload } = action;
  return { ...action, payload: agent_id === undefined ? payload : { agent_id, ...payload } };
}

function agentPath(agentId: string): string {
  return `/api/agents/${encodeURIComponent(agentIdOf(agentId))}`;
}

function actionPath(actionId: string): string {
  return `/api/actions/${encodeURIComponent(textOf("actionId", actionId))}`;
}

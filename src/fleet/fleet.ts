/**
 * A fleet as programs outside it see it: verbs, reads and events. It is reached through the server that
 * runs it or through the tables of its database, with the same interface.
 * Invariant: loads no database and has no `using` in it, because `connect()` runs on older Nodes, too.
 */

import type { AgentFilter } from "../model/agent-filter.ts";
import type { InsideAnswers, InsideQuery } from "../model/agent-inside.ts";
import type {
  ActionView,
  AgentView,
  DatabaseView,
  EffectView,
  ListedAgent,
  StepContext,
} from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { type AgentSummary, type EventType, summarizeAgent } from "../model/event.ts";
import { unknownAgent } from "../model/fleet-errors.ts";
import type { ActionFilter, EffectFilter, ListPage, PageRequest } from "../model/list-page.ts";
import type { AgentStepFilter, StepPageRequest, StepRow } from "../model/step.ts";
import { countedTime, type StepCountFilter, type StepFilter } from "../model/step-filter.ts";
import type { StepCount, StepSpan } from "../model/step-span.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { UsageRequest } from "../model/usage-sums.ts";
import type { UsageView } from "../model/usage-view.ts";
import { ActionVerbs } from "./action-verbs.ts";
import { eachItem } from "./each-item.ts";
import {
  type EventOf,
  type EventOptions,
  endable,
  type Followed,
  type Watched,
  type WatchOptions,
  watchedTypes,
} from "./event-iteration.ts";
import { checkEventOptions, checkWatchOptions, findSignal } from "./read-checks.ts";
import { isUnreachable } from "./requests.ts";

/** How a fleet is reached, and the process that runs it, if that is known. */
export type FleetSource =
  | ServerSource
  /** Several databases, each with a way of its own. */
  | {
      readonly kind: "shards";
      readonly shards: number;
      readonly location: string;
      readonly pid: undefined;
    }
  | { readonly kind: "tables"; readonly location: string; readonly pid: number | undefined };

export interface ServerSource {
  readonly kind: "server";
  readonly url: string;
  readonly pid: number | undefined;
}

/** Requests rows with context, history and the whole result. */
export interface WholeRows {
  readonly fields: "all";
}

export type AgentPageRequest = AgentFilter & Partial<WholeRows> & PageRequest;

export abstract class Fleet extends ActionVerbs {
  abstract readonly source: FleetSource;

  /** How the agent is reached: in a fleet of shards through its own. */
  sourceOf(_agentId: string): FleetSource {
    return this.source;
  }

  /** The ways that are open: several in a fleet of shards. */
  get sources(): readonly FleetSource[] {
    return [this.source];
  }

  /** Agents by id. A page may end before its limit if rows are large; its `next_cursor` continues. */
  abstract agentPage(options: AgentFilter & WholeRows & PageRequest): Promise<ListPage<AgentView>>;
  abstract agentPage(options?: AgentPageRequest): Promise<ListPage<ListedAgent>>;

  /** The current state of the agent; undefined if no agent has this id. */
  abstract agentFind(agentId: string): Promise<AgentView | undefined>;

  /** Steps of an agent, newest first. @throws {TroupeError} `AGENT_UNKNOWN`, `CURSOR_INVALID`. */
  abstract stepPage(agentId: string, options?: StepPageRequest): Promise<ListPage<StepRow>>;

  /**
   * Steps of all agents in a time, newest first, without their texts.
   * @throws {TroupeError} `CURSOR_INVALID`, `STEP_TIME_INVALID`.
   */
  abstract stepSpanPage(options?: StepFilter & PageRequest): Promise<ListPage<StepSpan>>;

  /**
   * Steps of all agents, counted by agent and bucket of time. A page is bounded by the steps that it reads;
   * parts of one bucket may be on several pages.
   * @throws {TroupeError} `CURSOR_INVALID`, `STEP_TIME_INVALID`.
   */
  abstract stepCountPage(
    options?: StepCountFilter & Pick<PageRequest, "cursor">,
  ): Promise<ListPage<StepCount>>;

  /**
   * What a step did outside itself, oldest first, also before the step has ended.
   * @throws {TroupeError} `AGENT_UNKNOWN`, `CURSOR_INVALID`.
   */
  abstract stepEffectPage(
    agentId: string,
    iteration: number,
    options?: PageRequest,
  ): Promise<ListPage<EffectView>>;

  /**
   * The context that the agent had after a step that has ended.
   * @throws {TroupeError} `AGENT_UNKNOWN`, `STEP_NOT_FOUND`.
   */
  abstract stepContext(agentId: string, iteration: number): Promise<StepContext>;

  /** Effects, newest first, each in its newest state. @throws {TroupeError} `CURSOR_INVALID`. */
  abstract effectPage(options?: EffectFilter & PageRequest): Promise<ListPage<EffectView>>;

  /** Actions, newest first. @throws {TroupeError} `CURSOR_INVALID`. */
  abstract actionPage(options?: ActionFilter & PageRequest): Promise<ListPage<ActionView>>;

  /**
   * A look inside the agent's thread, also of one that hangs: its stack, a profile, its heap. Only the
   * process that runs the agent can do that; `mailbox` works without one.
   * @throws {TroupeError} `AGENT_UNKNOWN`, `AGENT_HAS_NO_THREAD`, `INSPECTION_…`, `SERVER_UNREACHABLE`.
   */
  abstract inside<W extends keyof InsideAnswers>(
    agentId: string,
    what: W,
    query?: InsideQuery,
  ): Promise<InsideAnswers[W]>;

  /**
   * What the agents have spent on models, ended ones included: in this hour and on this day in UTC, and
   * ever. Money is computed at the prices that `models.json` has now.
   */
  abstract usage(options?: Partial<UsageRequest>): Promise<UsageView>;

  /** The types of agents, with their settings. */
  abstract types(): Promise<readonly TypeView[]>;

  /**
   * Changes settings of a type; null removes one, so that the default of its definition or the built-in
   * one applies. Agents that start afterwards use them.
   * @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `REQUEST_INVALID`, `SETTING_INVALID`.
   */
  abstract typeSet(name: string, change: SettingsChange): Promise<TypeView>;

  /** The sizes of the database's tables. */
  abstract database(): Promise<DatabaseView>;

  /** {@link database}; one for each shard. */
  async databases(): Promise<readonly DatabaseView[]> {
    return [await this.database()];
  }

  /**
   * Compacts all tables; resolves with their sizes afterwards.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; `DATABASE_LOCKED` through the tables, if a process runs
   * on the database.
   */
  abstract databaseCompact(): Promise<DatabaseView>;

  /** Events from now on, and each change of the connection. @param options checked */
  protected abstract follow<T extends EventType>(
    options: EventOptions<T>,
    signal: AbortSignal,
  ): AsyncGenerator<Followed<T>, void>;

  /** All agents that fit, by id, read page by page as they are requested. */
  agents(filter: AgentFilter & WholeRows): AsyncGenerator<AgentView, void>;
  agents(filter?: AgentFilter): AsyncGenerator<ListedAgent, void>;
  agents(filter: AgentFilter & Partial<WholeRows> = {}): AsyncGenerator<ListedAgent, void> {
    return eachItem("agents", filter, (page) => this.agentPage(page));
  }

  /** All steps of an agent that fit, newest first. */
  steps(agentId: string, filter: AgentStepFilter = {}): AsyncGenerator<StepRow, void> {
    return eachItem("steps", filter, (page) => this.stepPage(agentId, page));
  }

  /** All steps of all agents in a time, newest first, without their texts. */
  stepSpans(filter: StepFilter = {}): AsyncGenerator<StepSpan, void> {
    return eachItem("stepSpans", filter, (page) => this.stepSpanPage(page));
  }

  /** The counts of all steps in a time. Counts of one agent and bucket must be added up. */
  stepCounts(filter: StepCountFilter = {}): AsyncGenerator<StepCount, void> {
    const now = Date.now();
    // The same time for all pages.
    return eachItem("stepCounts", filter, ({ limit: _limit, ...page }) =>
      this.stepCountPage({ ...page, ...countedTime(page, now) }),
    );
  }

  /** All effects of a step, oldest first. */
  stepEffects(agentId: string, iteration: number): AsyncGenerator<EffectView, void> {
    return eachItem("stepEffects", {}, (page) => this.stepEffectPage(agentId, iteration, page));
  }

  /** All effects that fit, newest first. */
  effects(filter: EffectFilter = {}): AsyncGenerator<EffectView, void> {
    return eachItem("effects", filter, (page) => this.effectPage(page));
  }

  /** All actions that fit, newest first. */
  actions(filter: ActionFilter = {}): AsyncGenerator<ActionView, void> {
    return eachItem("actions", filter, (page) => this.actionPage(page));
  }

  /**
   * Events from now on. A lost connection is made again and continues after the last event; an event
   * `gap` reports missing events. A slow consumer gets gaps, too, and never holds up the server.
   * Through the tables there are `agent.status` and `agent.step` only.
   * @throws {TroupeError} on the first `next`, if the server is not reached or refuses.
   */
  events<T extends EventType = EventType>(
    options: EventOptions<T> = {},
  ): AsyncGenerator<EventOf<T>, void> {
    this.closing.throwIfAborted();
    const follow = (signal: AbortSignal) => this.follow(options, signal);
    return endable([this.closing, findSignal(options)], async function* (signal) {
      checkEventOptions(options);
      for await (const followed of follow(signal)) {
        if (followed.kind === "event") yield followed.event;
        else options.onConnection?.(followed.connection);
      }
    });
  }

  /**
   * Steps and changes of status: the current agents, then events and changes of the connection. The
   * agents are read after the events are followed, so nothing is lost in between; a status may be
   * repeated.
   * @throws {TroupeError} on the first `next`: `AGENT_UNKNOWN`, or as {@link events}.
   */
  watch(options: WatchOptions = {}): AsyncGenerator<Watched, void> {
    this.closing.throwIfAborted();
    const ends = [this.closing, findSignal(options)];
    return endable(ends, (ending) => this.#watch(options, ending));
  }

  async *#watch(given: WatchOptions, signal: AbortSignal): AsyncGenerator<Watched, void> {
    checkWatchOptions(given);
    const { agentId } = given;
    const agentIds = agentId === undefined ? undefined : [agentId];
    const options = { types: watchedTypes, ...defined({ agentIds }) };
    let isFirst = true;
    for await (const followed of this.follow(options, signal)) {
      if (isFirst) yield { kind: "agents", agents: await this.#readWatched(agentId) };
      isFirst = false;
      yield followed;
      if (followed.kind !== "event" || followed.event.type !== "gap") continue;
      try {
        yield { kind: "agents", agents: await this.#readWatched(agentId) };
      } catch (error) {
        // If the server is gone again, it reports another gap when it is back.
        if (!isUnreachable(error)) throw error;
      }
    }
  }

  async #readWatched(agentId: string | undefined): Promise<readonly AgentSummary[]> {
    const agents = await this.summaries(agentId === undefined ? undefined : [agentId]);
    if (agentId !== undefined && agents.length === 0) throw unknownAgent(agentId);
    return agents;
  }

  /** @param agentIds of these alone; undefined for all */
  protected async summaries(
    agentIds: readonly string[] | undefined,
  ): Promise<readonly AgentSummary[]> {
    if (agentIds === undefined) {
      const all: AgentSummary[] = [];
      // Not Array.fromAsync, which Node 20 does not have.
      for await (const agent of this.agents()) all.push(summaryOf(agent));
      return all;
    }
    const found = await Promise.all(agentIds.map((agentId) => this.agentFind(agentId)));
    return found.filter((agent) => agent !== undefined).map(summaryOf);
  }
}

function summaryOf({
  live: _live,
  residency: _residency,
  spent: _spent,
  ...row
}: ListedAgent): AgentSummary {
  return summarizeAgent(row);
}

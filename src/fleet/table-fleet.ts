/** A fleet through the tables of its database: next to any supervisor, and without one. */

import type { NewAction } from "../model/action.ts";
import type { AgentRow } from "../model/agent.ts";
import type { AgentFilter } from "../model/agent-filter.ts";
import type { InsideAnswers, InsideQuery } from "../model/agent-inside.ts";
import {
  type ActionView,
  type AgentSight,
  type AgentView,
  type DatabaseView,
  type EffectView,
  type ListedAgent,
  type StepContext,
  viewAction,
  viewAgent,
  viewEffect,
  viewListed,
} from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import type { EventType } from "../model/event.ts";
import { unknownAgent } from "../model/fleet-errors.ts";
import type { ActionFilter, EffectFilter, ListPage, PageRequest } from "../model/list-page.ts";
import { type FindConfigSchema, maskAction, maskAgent } from "../model/secret-config.ts";
import type { StepPageRequest, StepRow } from "../model/step.ts";
import type { StepCountFilter, StepFilter } from "../model/step-filter.ts";
import type { StepCount, StepSpan } from "../model/step-span.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { Prices } from "../model/usage.ts";
import { type UsageRequest, UsageSums, usageRequestDefault } from "../model/usage-sums.ts";
import type { UsageView } from "../model/usage-view.ts";
import { ActionQueue } from "../queue/action-queue.ts";
import { withdrawIdle } from "../store/ownership/idle-withdrawal.ts";
import type { LockHolder } from "../store/ownership/lock.ts";
import { mapPage } from "./each-item.ts";
import type { EventOptions, Followed } from "./event-iteration.ts";
import { findServer } from "./find-server.ts";
import { type AgentPageRequest, Fleet, type FleetSource, type WholeRows } from "./fleet.ts";
import type { FleetPlace } from "./fleet-place.ts";
import { seenInTables } from "./inside-tables.ts";
import { compactDatabase, type Database, effectiveRow } from "./open-database.ts";
import {
  agentIdOf,
  checkInside,
  checkOptions,
  iterationOf,
  textOf,
  withdrawalOf,
} from "./read-checks.ts";
import { mayHaveSecrets } from "./secret-views.ts";
import { TableEvents } from "./table-events.ts";

export class TableFleet extends Fleet {
  readonly #database: Database;
  readonly #place: FleetPlace;
  readonly #queue: ActionQueue;
  /** The process that ran the agents when rows were read last, or at the start. */
  #holder: LockHolder | undefined;
  #prices: Promise<Prices> | undefined;
  /** Read once, when a view may have secrets. */
  #findSchema: Promise<FindConfigSchema> | undefined;

  /** @param holder the process that runs the agents now, if that is known */
  constructor(database: Database, place: FleetPlace, holder?: LockHolder) {
    super();
    this.#database = database;
    this.#place = place;
    const door = database.shard && { shard: database.shard };
    this.#queue = new ActionQueue(database.store.queue, undefined, door);
    this.#holder = holder;
  }

  /** @throws {TroupeError} `FLEET_CLOSED` */
  get #open(): Database {
    this.closing.throwIfAborted();
    return this.#database;
  }

  get #actions(): ActionQueue {
    this.closing.throwIfAborted();
    return this.#queue;
  }

  get source(): FleetSource {
    return { kind: "tables", location: this.#database.location, pid: this.#holder?.pid };
  }

  protected async append(actions: readonly NewAction[]): Promise<readonly string[]> {
    return await this.#actions.append(actions);
  }

  async actionFind(actionId: string): Promise<ActionView | undefined> {
    const action = await this.#actions.find(textOf("actionId", actionId));
    return action && (await this.#maskedAction(action));
  }

  async actionWait(actionId: string, timeoutMs: number): Promise<ActionView> {
    try {
      return await this.#maskedAction(
        await this.#actions.waitFor(textOf("actionId", actionId), timeoutMs),
      );
    } catch (error) {
      // The tables are closed under a wait.
      this.closing.throwIfAborted();
      throw error;
    }
  }

  async actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView> {
    const asked = withdrawalOf(actionId, actor, reason);
    try {
      return await this.#maskedAction(await withdrawIdle(this.#open, asked));
    } catch (error) {
      // Only the process that runs on the database knows which actions it has started.
      const isLocked = error instanceof TroupeError && error.code === "DATABASE_LOCKED";
      const server = isLocked ? await findServer(this.#place) : undefined;
      if (server === undefined) throw error;
      return await server.actionCancel(...asked);
    }
  }

  async agentPage(options: AgentFilter & WholeRows & PageRequest): Promise<ListPage<AgentView>>;
  async agentPage(options?: AgentPageRequest): Promise<ListPage<ListedAgent>>;
  async agentPage(options: AgentPageRequest = {}): Promise<ListPage<ListedAgent>> {
    checkOptions("agentPage", options);
    const { status, fields, ...others } = options;
    const { agents } = this.#open.store;
    const holder = await this.#findHolder();
    // Without a supervisor the stored statuses are outdated, so the effective ones are matched.
    const isStored = status === undefined || holder !== undefined;
    const query = isStored ? { ...others, ...defined({ status }) } : others;
    const sight = await this.#sight(holder);
    const shown =
      fields === "all"
        ? mapPage(await agents.listWhole(query), (row) =>
            viewAgent(effectiveRow(row, holder), sight),
          )
        : mapPage(await agents.list(query), (row) => viewListed(effectiveRow(row, holder), sight));
    const items = isStored ? shown.items : shown.items.filter((row) => row.status === status);
    return { ...shown, items: await this.#masked(items, maskAgent) };
  }

  async agentFind(agentId: string): Promise<AgentView | undefined> {
    const holder = await this.#findHolder();
    const row = await this.#open.store.agents.find(agentIdOf(agentId));
    const view = row && viewAgent(effectiveRow(row, holder), await this.#sight(holder));
    return view && (await this.#masked([view], maskAgent))[0];
  }

  async stepPage(agentId: string, options: StepPageRequest = {}): Promise<ListPage<StepRow>> {
    checkOptions("stepPage", options);
    const page = await this.#open.store.steps.list(agentIdOf(agentId), options);
    // It may have steps and no row, or a row and no steps.
    if (page.items.length === 0) await this.#getRow(agentId);
    return page;
  }

  async stepSpanPage(options: StepFilter & PageRequest = {}): Promise<ListPage<StepSpan>> {
    checkOptions("stepSpanPage", options);
    return await this.#open.store.fleetSteps.list(options);
  }

  async stepCountPage(
    options: StepCountFilter & Pick<PageRequest, "cursor"> = {},
  ): Promise<ListPage<StepCount>> {
    checkOptions("stepCountPage", options);
    return await this.#open.store.fleetSteps.count(options);
  }

  async stepEffectPage(
    agentId: string,
    iteration: number,
    options: PageRequest = {},
  ): Promise<ListPage<EffectView>> {
    checkOptions("stepEffectPage", options);
    const step = [agentIdOf(agentId), iterationOf(iteration)] as const;
    const page = await this.#open.store.effects.pages.pageOfStep(...step, options);
    if (page.items.length === 0) await this.#getRow(agentId);
    return mapPage(page, viewEffect);
  }

  async stepContext(agentId: string, iteration: number): Promise<StepContext> {
    const number = iterationOf(iteration);
    return this.#open.store.steps.contextAt(await this.#getRow(agentId), number);
  }

  async #getRow(agentId: string): Promise<AgentRow> {
    const row = await this.#open.store.agents.find(agentIdOf(agentId));
    if (row === undefined) throw unknownAgent(agentId);
    return row;
  }

  async effectPage(options: EffectFilter & PageRequest = {}): Promise<ListPage<EffectView>> {
    checkOptions("effectPage", options);
    return mapPage(await this.#open.store.effects.pages.list(options), viewEffect);
  }

  async effectFind(effectId: string): Promise<EffectView | undefined> {
    const row = await this.#open.store.effects.reads.find(textOf("effectId", effectId));
    return row && viewEffect(row);
  }

  async actionPage(options: ActionFilter & PageRequest = {}): Promise<ListPage<ActionView>> {
    checkOptions("actionPage", options);
    const { agentId, ...others } = options;
    const query = { ...others, ...defined({ agent_id: agentId }) };
    const page = mapPage(await this.#open.store.queue.list(query), viewAction);
    return { ...page, items: await this.#masked(page.items, maskAction) };
  }

  async inside<W extends keyof InsideAnswers>(
    agentId: string,
    what: W,
    query: InsideQuery = {},
  ): Promise<InsideAnswers[W]> {
    checkInside(what, query);
    return seenInTables(await this.agentFind(agentId), agentId, what, this.#open.location);
  }

  async usage(options: Partial<UsageRequest> = {}): Promise<UsageView> {
    checkOptions("usage", options);
    const rates = { now: Date.now(), prices: await this.#readPrices() };
    const sums = new UsageSums(rates, { ...usageRequestDefault, ...options });
    await this.#open.store.agents.visitUsage((agent) => sums.add(agent));
    return sums.view();
  }

  // Only these and `#masked` load the code that reads users' modules.
  async types(): Promise<readonly TypeView[]> {
    const { listTypes } = await import("./table-types.ts");
    return await listTypes(this.#open.store.configs, this.#place);
  }

  async typeSet(name: string, change: SettingsChange): Promise<TypeView> {
    const { changeType } = await import("./table-types.ts");
    return await changeType(this.#open.store.configs, this.#place, name, change);
  }

  async database(): Promise<DatabaseView> {
    const { location, store, left } = this.#open;
    const [tables, journal] = await Promise.all([store.stats(), left.figures()]);
    return { location, tables, ...defined({ journal }) };
  }

  async databaseCompact(): Promise<DatabaseView> {
    return await compactDatabase(this.#open);
  }

  protected follow<T extends EventType>(
    options: EventOptions<T>,
    signal: AbortSignal,
  ): AsyncGenerator<Followed<T>, void> {
    const { store, location } = this.#open;
    const readAgents = () => this.summaries(options.agentIds);
    const pid = () => this.#holder?.pid;
    return new TableEvents({ store, location, readAgents, pid }, options, signal).read();
  }

  protected async release(): Promise<void> {
    await this.#database.store.close();
  }

  async #maskedAction(view: ActionView): Promise<ActionView> {
    const [masked = view] = await this.#masked([view], maskAction);
    return masked;
  }

  /** Views without secrets, for those who want that; users' modules are read only if one may have any. */
  async #masked<View>(
    views: readonly View[],
    mask: (view: View, findSchema: FindConfigSchema) => View,
  ): Promise<readonly View[]> {
    if (this.#place.masksSecrets !== true || !views.some(mayHaveSecrets)) return views;
    const { readSchemas } = await import("./table-types.ts");
    this.#findSchema ??= readSchemas(this.#place);
    const findSchema = await this.#findSchema;
    return views.map((view) => mask(view, findSchema));
  }

  /** Without a process, living agents have no threads; with one it is not known who has. */
  async #sight(holder: LockHolder | undefined): Promise<AgentSight> {
    const without = holder === undefined ? "cold" : null;
    return { without, prices: await this.#readPrices() };
  }

  /** Read once: a fleet that is open for long should be one with a server. */
  #readPrices(): Promise<Prices> {
    this.#prices ??= this.#place.readSettings().then(({ prices }) => prices);
    return this.#prices;
  }

  /** Call it before rows are read: a process that starts in between has not brought the agents back yet. */
  async #findHolder(): Promise<LockHolder | undefined> {
    this.#holder = await this.#open.findHolder();
    return this.#holder;
  }
}

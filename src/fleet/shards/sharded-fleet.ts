/**
 * A fleet of several shards as one: a verb goes to the shard of its agent, lists are merged, events are
 * those of all shards.
 *
 * A shard that cannot be used is never passed over in silence: an operation on all shards fails with an
 * error that names it, or, if the caller takes parts, the others' results are returned and the error is
 * reported. Operations that change something always fail then, after the other shards were changed.
 *
 * Rejected: servers that pass requests on, because each would depend on all others; consistent hashing or
 * a table of places, because agents do not move.
 */

import type { NewAction } from "../../model/action.ts";
import type { AgentFilter } from "../../model/agent-filter.ts";
import type { InsideAnswers, InsideQuery } from "../../model/agent-inside.ts";
import type {
  ActionView,
  AgentView,
  DatabaseView,
  EffectView,
  ListedAgent,
  StepContext,
} from "../../model/agent-view.ts";
import { defined } from "../../model/defined.ts";
import type { EventType } from "../../model/event.ts";
import { checkWait, unknownAction, waitTimeout } from "../../model/fleet-errors.ts";
import type { ActionFilter, EffectFilter, ListPage, PageRequest } from "../../model/list-page.ts";
import { shardOf } from "../../model/shard.ts";
import type { StepPageRequest, StepRow } from "../../model/step.ts";
import { countedTime, type StepCountFilter, type StepFilter } from "../../model/step-filter.ts";
import type { StepCount, StepSpan } from "../../model/step-span.ts";
import type { SettingsChange, TypeView } from "../../model/type-settings.ts";
import { mergeUsage, type UsageRequest, usageRequestDefault } from "../../model/usage-sums.ts";
import type { UsageView } from "../../model/usage-view.ts";
import { checkNewActions } from "../../queue/request-check.ts";
import type { EventOptions, Followed } from "../event-iteration.ts";
import { type AgentPageRequest, Fleet, type FleetSource, type WholeRows } from "../fleet.ts";
import { checkOptions, withdrawalOf } from "../read-checks.ts";
import { byAgentId, newestAction, newestEffect, newestStep } from "./list-order.ts";
import { followAll } from "./merged-events.ts";
import { readAdded, readMerged } from "./merged-page.ts";
import { SentActions } from "./sent-actions.ts";
import { appendToShards } from "./shard-appends.ts";
import { ShardGroup } from "./shard-group.ts";
import { firstOfEachType, leastDone } from "./shard-outcomes.ts";
import { sumDatabases } from "./shard-sums.ts";
import { ShardWay } from "./shard-way.ts";
import type { ShardedOptions } from "./sharded-options.ts";

/** Milliseconds between two searches for an action that no shard has yet. */
const FIND_PAUSE_MS = 250;

export class ShardedFleet extends Fleet {
  readonly source: FleetSource;
  readonly #ways: readonly ShardWay[];
  readonly #location: string;
  readonly #onUnreached: ShardedOptions["onUnreached"];
  readonly #group: ShardGroup;
  readonly #sent = new SentActions();

  constructor({ shards: count, location, open, onUnreached }: ShardedOptions) {
    super();
    this.source = { kind: "shards", shards: count, location, pid: undefined };
    this.#location = location;
    this.#onUnreached = onUnreached;
    this.#ways = Array.from(
      { length: count },
      (_, index) => new ShardWay({ index, count }, () => open(index)),
    );
    this.#group = new ShardGroup(this.#ways, onUnreached);
  }

  override sourceOf(agentId: string): FleetSource {
    return this.#wayOf(agentId).opened?.source ?? this.source;
  }

  override get sources(): readonly FleetSource[] {
    return this.#ways.flatMap(({ opened }) => opened?.source ?? []);
  }

  /** See {@link appendToShards}. */
  protected async append(actions: readonly NewAction[]): Promise<readonly string[]> {
    checkNewActions(actions);
    const wayOf = (agentId: string) => this.#wayOf(agentId);
    return await appendToShards(actions, { ways: this.#ways, wayOf, sent: this.#sent });
  }

  async actionFind(actionId: string): Promise<ActionView | undefined> {
    return leastDone((await this.#locate(actionId)).map(({ view }) => view));
  }

  async actionWait(actionId: string, timeoutMs: number): Promise<ActionView> {
    checkWait(timeoutMs);
    const deadline = performance.now() + timeoutMs;
    const left = () => Math.max(0, deadline - performance.now());
    let ways = this.#waysOf(actionId);
    while (ways.length === 0) {
      ways = (await this.#locate(actionId)).map(({ way }) => way);
      if (ways.length > 0) break;
      if (left() === 0) throw waitTimeout(actionId, timeoutMs);
      await new Promise((next) => setTimeout(next, Math.min(left(), FIND_PAUSE_MS)));
    }
    const ends = ways.map((way) => way.use((fleet) => fleet.actionWait(actionId, left())));
    return leastDone(await allEnded(ends)) as ActionView;
  }

  async actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView> {
    const asked = withdrawalOf(actionId, actor, reason);
    const found = await this.#locate(actionId);
    if (found.length === 0) throw unknownAction(actionId);
    const ends = found.map(({ way }) => way.use((fleet) => fleet.actionCancel(...asked)));
    return leastDone(await allEnded(ends)) as ActionView;
  }

  async agentPage(options: AgentFilter & WholeRows & PageRequest): Promise<ListPage<AgentView>>;
  async agentPage(options?: AgentPageRequest): Promise<ListPage<ListedAgent>>;
  async agentPage(options: AgentPageRequest = {}): Promise<ListPage<ListedAgent>> {
    checkOptions("agentPage", options);
    const { limit, cursor, ...filter } = options;
    const list = this.#group.merged<ListedAgent>(
      (fleet, page) => fleet.agentPage({ ...filter, ...page }),
      byAgentId,
    );
    return await readMerged(list, defined({ limit, cursor }));
  }

  agentFind(agentId: string): Promise<AgentView | undefined> {
    return this.#wayOf(agentId).use((fleet) => fleet.agentFind(agentId));
  }

  stepPage(agentId: string, options: StepPageRequest = {}): Promise<ListPage<StepRow>> {
    return this.#wayOf(agentId).use((fleet) => fleet.stepPage(agentId, options));
  }

  async stepSpanPage(options: StepFilter & PageRequest = {}): Promise<ListPage<StepSpan>> {
    checkOptions("stepSpanPage", options);
    const { agentId, limit, cursor, ...filter } = options;
    if (agentId !== undefined) {
      return await this.#wayOf(agentId).use((fleet) => fleet.stepSpanPage(options));
    }
    const list = this.#group.merged<StepSpan>(
      (fleet, page) => fleet.stepSpanPage({ ...filter, ...page }),
      newestStep,
    );
    return await readMerged(list, defined({ limit, cursor }));
  }

  /** The pages of all shards next to each other: their counts are of different agents. */
  async stepCountPage(
    options: StepCountFilter & Pick<PageRequest, "cursor"> = {},
  ): Promise<ListPage<StepCount>> {
    checkOptions("stepCountPage", options);
    const { cursor, ...filter } = options;
    const time = { ...filter, ...countedTime(filter, Date.now()) };
    const parts = this.#group.parts((fleet, page) => fleet.stepCountPage({ ...time, ...page }));
    return await readAdded(parts, cursor);
  }

  stepEffectPage(
    agentId: string,
    iteration: number,
    options: PageRequest = {},
  ): Promise<ListPage<EffectView>> {
    const way = this.#wayOf(agentId);
    return way.use((fleet) => fleet.stepEffectPage(agentId, iteration, options));
  }

  inside<W extends keyof InsideAnswers>(agentId: string, what: W, query: InsideQuery = {}) {
    return this.#wayOf(agentId).use((fleet) => fleet.inside(agentId, what, query));
  }

  stepContext(agentId: string, iteration: number): Promise<StepContext> {
    return this.#wayOf(agentId).use((fleet) => fleet.stepContext(agentId, iteration));
  }

  async effectPage(options: EffectFilter & PageRequest = {}): Promise<ListPage<EffectView>> {
    checkOptions("effectPage", options);
    const { agentId, limit, cursor, ...filter } = options;
    if (agentId !== undefined) {
      return await this.#wayOf(agentId).use((fleet) => fleet.effectPage(options));
    }
    const list = this.#group.merged<EffectView>(
      (fleet, page) => fleet.effectPage({ ...filter, ...page }),
      newestEffect,
    );
    return await readMerged(list, defined({ limit, cursor }));
  }

  /** Searched for in all shards, because an effect's id does not name its agent. */
  async effectFind(effectId: string): Promise<EffectView | undefined> {
    const found = await this.#each((fleet) => fleet.effectFind(effectId));
    return found.find((effect) => effect !== undefined);
  }

  async actionPage(options: ActionFilter & PageRequest = {}): Promise<ListPage<ActionView>> {
    checkOptions("actionPage", options);
    const { agentId } = options;
    if (agentId !== undefined) {
      return await this.#wayOf(agentId).use((fleet) => fleet.actionPage(options));
    }
    const { limit, cursor, ...filter } = options;
    const list = this.#group.merged<ActionView>(
      (fleet, page) => fleet.actionPage({ ...filter, ...page }),
      newestAction,
    );
    return await readMerged(list, defined({ limit, cursor }));
  }

  /** The types of all shards; the settings of a type are those of the first shard that has it. */
  async types(): Promise<readonly TypeView[]> {
    return firstOfEachType(await this.#each((fleet) => fleet.types()));
  }

  /** In all shards. */
  async typeSet(name: string, change: SettingsChange): Promise<TypeView> {
    const changed = this.#ways.map((way) => way.use((fleet) => fleet.typeSet(name, change)));
    return (await allEnded(changed))[0] as TypeView;
  }

  /** Each shard counts the hours and days of its own clock. */
  async usage(options: Partial<UsageRequest> = {}): Promise<UsageView> {
    checkOptions("usage", options);
    const request = { ...usageRequestDefault, ...options };
    return mergeUsage(await this.#each((fleet) => fleet.usage(request)), request);
  }

  /** The tables of all shards together. {@link databases} has them by shard. */
  async database(): Promise<DatabaseView> {
    return sumDatabases(this.#location, await this.databases());
  }

  override async databases(): Promise<readonly DatabaseView[]> {
    return await this.#each((fleet) => fleet.database());
  }

  /** All shards at the same time. */
  async databaseCompact(): Promise<DatabaseView> {
    const compacted = this.#ways.map((way) => way.use((fleet) => fleet.databaseCompact()));
    return sumDatabases(this.#location, await allEnded(compacted));
  }

  protected follow<T extends EventType>(
    options: EventOptions<T>,
    signal: AbortSignal,
  ): AsyncGenerator<Followed<T>, void> {
    const { agentIds } = options;
    const indexes = agentIds && new Set(agentIds.map((id) => shardOf(id, this.#ways.length)));
    const ways = this.#ways.filter(({ shard }) => indexes?.has(shard.index) ?? true);
    return followAll({ ways, options, onUnreached: this.#onUnreached }, signal);
  }

  protected async release(): Promise<void> {
    await Promise.all(this.#ways.map((way) => way.close()));
  }

  #wayOf(agentId: string): ShardWay {
    return this.#ways[shardOf(agentId, this.#ways.length)] as ShardWay;
  }

  /** Those that got an action from here. */
  #waysOf(actionId: string): readonly ShardWay[] {
    return this.#sent.shardsOf(actionId).flatMap((index) => this.#ways[index] ?? []);
  }

  /** All shards are searched for an action of another program, because its id does not name its agent. */
  async #locate(actionId: string) {
    const known = this.#waysOf(actionId);
    const find = async (way: ShardWay) => {
      const view = await way.use((fleet) => fleet.actionFind(actionId));
      return view && { way, view };
    };
    const found =
      known.length > 0
        ? await allEnded(known.map(find))
        : await this.#group.gather(this.#ways.map(find));
    return found.filter((one) => one !== undefined);
  }

  #each<R>(run: (fleet: Fleet) => Promise<R>): Promise<readonly R[]> {
    return this.#group.gather(this.#ways.map((way) => way.use(run)));
  }
}

/** As `Promise.all`, but rejects once all have ended: a change is not left half-made unnoticed. */
async function allEnded<R>(running: readonly Promise<R>[]): Promise<readonly R[]> {
  await Promise.allSettled(running);
  return await Promise.all(running);
}

/** A fleet through the tables of its database: beside any supervisor, and without one. */

import type { ActionFilter, ListPage, PageRequest } from "../client/connect.ts";
import {
  type ActionView,
  type AgentView,
  type DatabaseView,
  type ListedAgent,
  viewAction,
  viewAgent,
} from "../model/agent-view.ts";
import type { AgentFilter } from "../model/request.ts";
import type { StepRow } from "../model/step.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import { QueueClient, type Withdraw } from "../queue/open-queue.ts";
import { withdrawIdle } from "../store/ownership/idle-withdrawal.ts";
import type { LockHolder } from "../store/ownership/lock.ts";
import type { Fleet } from "./fleet.ts";
import { compactDatabase, type Database, effectiveRow, openDatabase } from "./open-database.ts";
import type { DatabaseOptions } from "./options.ts";
import { TableTypes } from "./table-types.ts";
import { TableWatch } from "./table-watch.ts";
import { unknownAgent } from "./unknown.ts";
import type { WatchPrinter } from "./watch-printer.ts";

/** @throws {TroupeError} `DATABASE_NOT_FOUND` unless `isMaking`, `DATABASE_UNUSABLE`, `SETTING_…`. */
export async function openTableFleet(options: DatabaseOptions, isMaking: boolean): Promise<Fleet> {
  const database = await openDatabase(options, { isMaking });
  // Asked before any row is read: one that starts in between has not brought back what they tell.
  return new TableFleet(database, await database.findHolder(), options);
}

class TableFleet implements Fleet {
  readonly verbs: QueueClient;
  readonly #database: Database;
  readonly #holder: LockHolder | undefined;
  readonly #options: DatabaseOptions;

  constructor(database: Database, holder: LockHolder | undefined, options: DatabaseOptions) {
    this.#database = database;
    this.#options = options;
    this.#holder = holder;
    // The database is closed here, with all that is in it.
    const close = async () => undefined;
    const { store, location } = database;
    const withdraw = (...asked: Parameters<Withdraw>) => withdrawIdle(location, store, asked);
    this.verbs = new QueueClient({ table: store.queue, withdraw, close });
  }

  get destination(): string {
    if (this.#holder !== undefined) return `queued for process ${this.#holder.pid}`;
    return `written to the queue of ${this.#database.location}; no supervisor runs on it now, the next start carries it out`;
  }

  get caveat(): string | undefined {
    const { location } = this.#database;
    return this.#holder === undefined ? `no supervisor runs on ${location} now` : undefined;
  }

  async agentPage(options: AgentFilter & PageRequest): Promise<ListPage<ListedAgent>> {
    const { status, ...others } = options;
    // Where no supervisor runs the rows say what was; a status is looked for as it is seen.
    const isRead = status !== undefined && this.#holder === undefined;
    const page = await this.#database.store.agents.list(isRead ? others : options);
    const seen = page.items.map((row) => ({ ...effectiveRow(row, this.#holder), live: null }));
    return { ...page, items: isRead ? seen.filter((row) => row.status === status) : seen };
  }

  async agentFind(agentId: string): Promise<AgentView | undefined> {
    const row = await this.#database.store.agents.find(agentId);
    return row && viewAgent(effectiveRow(row, this.#holder), null);
  }

  async stepPage(agentId: string, options: PageRequest): Promise<ListPage<StepRow>> {
    const { steps, agents } = this.#database.store;
    const page = await steps.list(agentId, options);
    // A row may be gone and its steps not, or the other way round.
    if (page.items.length === 0 && (await agents.find(agentId)) === undefined) {
      throw unknownAgent(agentId);
    }
    return page;
  }

  async actionPage({
    agentId,
    ...options
  }: ActionFilter & PageRequest): Promise<ListPage<ActionView>> {
    const about = agentId === undefined ? {} : { agent_id: agentId };
    const page = await this.#database.store.queue.list({ ...options, ...about });
    return { ...page, items: page.items.map(viewAction) };
  }

  async types(): Promise<readonly TypeView[]> {
    return await new TableTypes(this.#database.store.configs, this.#options).list();
  }

  async typeSet(name: string, change: SettingsChange): Promise<TypeView> {
    return await new TableTypes(this.#database.store.configs, this.#options).change(name, change);
  }

  async database(): Promise<DatabaseView> {
    const { location, store } = this.#database;
    return { location, tables: await store.stats() };
  }

  async databaseCompact(): Promise<DatabaseView> {
    return await compactDatabase(this.#database);
  }

  async watch(agentId: string | undefined, printer: WatchPrinter, signal: AbortSignal) {
    await new TableWatch(this.#database, agentId, printer).run(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }
}

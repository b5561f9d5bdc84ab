/** A supervisor with real threads on a real database, in the test's own process. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Logger, pino } from "pino";
import type { LlmReport } from "../../src/boundary/protocol.ts";
import { EventBus } from "../../src/event-bus.ts";
import type { HandlerDeps } from "../../src/handlers/handler.ts";
import { defined } from "../../src/model/defined.ts";
import type { TroupeError } from "../../src/model/errors.ts";
import type { TroupeEvent } from "../../src/model/event.ts";
import { type AgentId, newActionId } from "../../src/model/ids.ts";
import type { AgentTypeSettings } from "../../src/model/type-settings.ts";
import { AgentCatalog } from "../../src/supervisor/catalog/agent-catalog.ts";
import { readCatalog } from "../../src/supervisor/catalog/catalog-reader.ts";
import type { PassCall } from "../../src/supervisor/effects/effects-options.ts";
import type { OnSpent } from "../../src/supervisor/effects/spending.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";
import { Spawner, type SpawnOptions } from "../../src/supervisor/thread/spawner.ts";
import { codeCacheEnv } from "./code-cache.ts";
import { Database } from "./database.ts";
import { startAgent } from "./supervised-agents.ts";
import { until } from "./until.ts";

const agents = fileURLToPath(new URL("./agents", import.meta.url));
const rights = { env: codeCacheEnv };
const { types, problems } = await readCatalog(agents, rights);
if (problems.length > 0) throw new AggregateError(problems, "not every test agent can be loaded");

export interface FleetOptions {
  /** As rows of `agents_config`. */
  readonly typeSettings?: readonly AgentTypeSettings[];
  readonly destroyTimeoutMs?: number;
  /** Left out: no agent gives its thread back. */
  readonly idleMs?: number;
  /** Left out: there is a thread for each agent. */
  readonly hotMax?: number;
  readonly checkCapacity?: (agents: number) => TroupeError | undefined;
  /** Of the place where threads are made: starts wait there. */
  readonly findSpawnRefusal?: (agents: number) => TroupeError | undefined;
  /** Left out: model calls fail. */
  readonly answerLlm?: (report: LlmReport, onUsage?: OnUsage) => void;
  readonly onSpent?: OnSpent;
  /** Left out: nothing is logged. */
  readonly log?: Logger;
}

type OnUsage = Parameters<PassCall>[2];

export class Fleet implements AsyncDisposable {
  readonly database: Database;
  readonly events = new EventBus();
  readonly catalog: AgentCatalog;
  readonly supervisor: Supervisor;
  /** All events so far. */
  readonly heard: TroupeEvent[] = [];

  readonly #options: FleetOptions;

  private constructor(database: Database, catalog: AgentCatalog, options: FleetOptions) {
    this.database = database;
    this.catalog = catalog;
    this.#options = options;
    this.events.subscribe((event) => this.heard.push(event));
    this.supervisor = this.#makeSupervisor(1);
  }

  /** What the next start of the process would have: nothing in care, the same database. */
  nextSupervisor(): Supervisor {
    return this.#makeSupervisor(2);
  }

  #makeSupervisor(epoch: number): Supervisor {
    const { log = pino({ level: "silent" }) } = this.#options;
    const { catalog, database, events } = this;
    const {
      typeSettings = [],
      destroyTimeoutMs = 1_000,
      idleMs = 0,
      hotMax,
      checkCapacity,
    } = this.#options;
    const answer = this.#options.answerLlm ?? (({ port }) => port.close());
    const answerLlm: SpawnOptions["answerLlm"] = (report, { agentId, generation }) =>
      supervisor.agents
        .get(agentId)
        ?.effects.call(generation, report, (call, _, onUsage) => answer(call, onUsage));
    const findSpawnRefusal = this.#options.findSpawnRefusal;
    const spawner = new Spawner({
      catalog,
      rights: () => rights,
      log,
      answerLlm,
      checkCapacity: findSpawnRefusal,
      hotMax: () => hotMax ?? null,
    });
    const supervisor: Supervisor = new Supervisor({
      table: database.store.agents,
      effects: { table: database.store.effects, seed: database.store.id },
      events,
      log,
      epoch,
      spawn: spawner.spawn,
      settings: {
        typeSettings: new Map(typeSettings.map((type) => [type.name, type])),
        destroyTimeoutMs,
        agentMemoryMb: 256,
        idleMs,
        keepsPrompts: false,
      },
      ...defined({
        onSpent: this.#options.onSpent,
        checkCapacity,
        countWaiting: hotMax === undefined ? undefined : () => spawner.waiting,
      }),
    });
    return supervisor;
  }

  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const catalog = new AgentCatalog();
    catalog.replace({ types });
    return new Fleet(await Database.make(), catalog, options);
  }

  get deps(): HandlerDeps {
    const { supervisor, catalog } = this;
    return {
      supervisor,
      catalog,
      reload: async () => [],
      keepsEffect: () => false,
      endOlder: async () => [],
    };
  }

  /** Adds a type with this module; resolves with what replaces the module's text. */
  async addType(name: string, module: string): Promise<(text: string) => Promise<void>> {
    const source = `${name}.mjs`;
    const file = join(this.database.folder, source);
    await writeFile(file, module);
    const moduleUrl = pathToFileURL(file).href;
    const type = {
      name,
      source,
      configSchema: null,
      guidanceSchema: null,
      settings: {},
      moduleUrl,
    };
    this.catalog.replace({ types: [...this.catalog.types, type] });
    return (text) => writeFile(file, text);
  }

  /** Starts an agent that is in an endless loop when this resolves. */
  async startStubborn(agentId: AgentId): Promise<void> {
    const mark = join(this.database.folder, agentId);
    const seed = { agentType: "stubborn", subject: null, config: { mark } };
    await startAgent(this.supervisor, agentId, seed, newActionId());
    await until(() => existsSync(mark));
  }

  /** Resolves with the first event, of those so far and to come, that `holds`. */
  event(holds: (event: TroupeEvent) => boolean): Promise<TroupeEvent> {
    const before = this.heard.find(holds);
    if (before !== undefined) return Promise.resolve(before);
    const { promise, resolve } = Promise.withResolvers<TroupeEvent>();
    const subscription = this.events.subscribe((event) => {
      if (holds(event)) resolve(event);
    });
    return promise.finally(() => subscription[Symbol.dispose]());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.supervisor.suspendAll();
    await this.database[Symbol.asyncDispose]();
  }
}

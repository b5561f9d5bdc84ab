/** The composition root: builds the parts in the order of the flow and closes them in reverse. */

import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { StepMarks } from "./actor/step-marks.ts";
import { agentEnvironment, type Settings } from "./config.ts";
import { listenAt } from "./control/address.ts";
import { serve } from "./control/server.ts";
import { SERVER_LIMITS } from "./control/server-limits.ts";
import { StreamHub } from "./control/stream/hub.ts";
import { PartialFeed } from "./control/stream/partials.ts";
import { StatsFeed } from "./control/stream/stats-feed.ts";
import { findToken } from "./control/token.ts";
import { Counters } from "./counters.ts";
import { compileCacheFolder } from "./entries.ts";
import { Environment, llmSettings } from "./environment.ts";
import { EventBus } from "./events.ts";
import { countFleet } from "./fleet-counts.ts";
import { handleAction } from "./handlers/registry.ts";
import { type LlmGateway, openLlm } from "./llm/gateway.ts";
import { laneOf } from "./model/action.ts";
import type { AgentId } from "./model/ids.ts";
import { describeDeaths, type SafeMode } from "./model/safe-mode.ts";
import type { SettingsChange } from "./model/type-settings.ts";
import type { About } from "./model/view.ts";
import { QueueClient } from "./queue/client.ts";
import { Dispatcher } from "./queue/dispatcher.ts";
import { localStateFolder } from "./store/location.ts";
import { acquireLock, type StoreLock } from "./store/lock.ts";
import { watchLock } from "./store/lock-watch.ts";
import { openStore, type Store } from "./store/store.ts";
import { AgentCatalog } from "./supervisor/agent-catalog.ts";
import { readMachineLimits } from "./supervisor/machine-limits.ts";
import { callsFor, connectionsFor, createRoomGauge } from "./supervisor/machine-room.ts";
import { Spawner } from "./supervisor/spawn.ts";
import { Supervisor } from "./supervisor/supervisor.ts";
import { Watchdog } from "./supervisor/watchdog.ts";

/** A running fleet. */
export interface Troupe {
  /** The queue, for those in this process. Closing it closes nothing. */
  readonly queue: QueueClient;
  readonly events: EventBus;
  readonly supervisor: Supervisor;
  /** Whether the database takes writes now. */
  readonly health: Store["health"];
  /**
   * Resolves, with why, when another process has taken over the database. Nothing is written from
   * then on; the process should end, and leave its agents' rows as they are.
   */
  readonly lost: Store["lost"];
  /** Where it is served, and what shows that one may. */
  readonly server: { readonly url: string; readonly token: string };
  /** Which model answers, in words. */
  readonly model: string;
  /** Resolves while the fleet closes: no agent runs any more and what all did is stored. */
  readonly stored: Promise<void>;
  /** Stops at step boundaries, stores everything, releases the database. */
  close(): Promise<void>;
}

/**
 * Starts the fleet of one database: brings its agents back and takes actions from then on.
 * @throws {TroupeError} `DATABASE_LOCKED`, `DATABASE_UNUSABLE`, `ADDRESS_UNAVAILABLE`,
 * `TOKEN_FILE_UNUSABLE`, or `SETTING_INVALID` for a model provider or a folder of agents that cannot be
 * used, or a public address without a token of one's own.
 */
export async function startTroupe(
  settings: Settings,
  log: Logger,
  heart: HeartOrders = {},
): Promise<Troupe> {
  await using opened = new AsyncDisposableStack();
  const lock = await acquireLock(settings.db, {}, settings.local);
  opened.defer(() => lock.release());
  const token = await findToken(settings, localStateFolder(settings.db, settings.local));
  // Before any agent runs: an address that is taken ends the start.
  const machine = readMachineLimits(Number.POSITIVE_INFINITY);
  const connectionsMax = connectionsFor(machine, SERVER_LIMITS.connectionsMax);
  const address = opened.use(
    await listenAt({ ...settings, limits: { connectionsMax }, portBefore: heart.port }),
  );
  heart.onListening?.(address.port);
  const store = opened.use(await openOwnStore(settings, log));
  const callsMax = callsFor(machine, Number.POSITIVE_INFINITY);
  const llm = opened.use(
    await openLlm(llmSettings(settings), { threadEnv: agentEnvironment(), callsMax }),
  );
  opened.use(watchLock(lock, { log, onLost: store.renounce }));
  const events = new EventBus();
  const counters = opened.use(new Counters(events));
  const fleet = await startFleet({ settings, log, lock, store, llm, events, heart });
  const stored = Promise.withResolvers<void>();
  opened.defer(async () => {
    await fleet.close();
    stored.resolve();
  });
  const { supervisor, dispatcher, queue, epoch, stream, watchdog, environment } = fleet;
  const served = {
    ...{ queue, store, events, stream, counters, log, epoch },
    count: () => countFleet({ supervisor, dispatcher, llm, store, counters }),
    live: (agentId: AgentId) => watchdog.live(agentId),
    liveAll: () => watchdog.liveAll(),
    liveNow: (agentId: AgentId) => watchdog.liveNow(agentId),
    types: {
      list: () => environment.types(),
      change: (name: string, change: SettingsChange) => environment.changeType(name, change),
    },
    about: () => tellAbout(settings, llm.describe(), fleet.typeNames()),
  };
  opened.use(new StatsFeed(served));
  opened.use(await serve({ ...settings, address, token, parts: served }));
  await lock.note({ url: address.url });
  const parts = opened.move();
  return {
    queue,
    events,
    supervisor,
    get health() {
      return store.health;
    },
    lost: store.lost,
    server: { url: address.url, token },
    model: llm.describe(),
    stored: stored.promise,
    close: () => parts.disposeAsync(),
  };
}

function openOwnStore(settings: Settings, log: Logger): Promise<Store> {
  const { db: location, storageEnv: storage, retentionHours } = settings;
  return openStore({ location, storage, log, janitor: {}, keptMs: retentionHours * 3_600_000 });
}

function tellAbout({ db }: Settings, model: string, types: readonly string[]): About {
  const place = `process ${process.pid}, started in ${process.cwd()}`;
  return { model, database: db, types, settings: place };
}

/** What the heart above the process asks of it, where there is one. */
export interface HeartOrders {
  /** An open file, for {@link StepMarks}. */
  readonly stepMarksFd?: number | undefined;
  /** Agents come back paused because of it. */
  readonly safeMode?: SafeMode | undefined;
  /** Preferred if any port will do. */
  readonly port?: number | undefined;
  /** Called once the address is this process's own, with its port. */
  readonly onListening?: (port: number) => void;
}

/** Threads kept ready: 7 MB each, and two creates at once are answered without waiting for one. */
const SPARE_THREADS = 2;

interface FleetParts {
  readonly settings: Settings;
  readonly log: Logger;
  readonly lock: StoreLock;
  readonly store: Store;
  readonly llm: LlmGateway;
  readonly events: EventBus;
  readonly heart: HeartOrders;
}

async function startFleet(parts: FleetParts) {
  const { settings, log, lock, store, llm, events } = parts;
  const epoch = (await store.agents.maxEpoch()) + 1;
  await lock.note({ epoch });
  const stream = new StreamHub({ events, epoch });
  const partials = new PartialFeed({ events, stream });
  const { safeMode } = parts.heart;
  const catalog = new AgentCatalog();
  const environment = new Environment({ settings, configs: store.configs, catalog, llm, log });
  const spawner = makeSpawner(parts, catalog, partials);
  const supervisor = new Supervisor({
    table: store.agents,
    events,
    log,
    epoch,
    spawn: spawner.spawn,
    settings: await environment.load(),
    findRefusal: (agents) => spawner.findRefusal(agents),
    ended: await store.agents.countEnded(),
  });
  const watchdog = new Watchdog({ supervisor, events, log });
  watchdog.start();
  environment.onChange((changed) => supervisor.reload(changed));
  const alive = await store.agents.loadAlive();
  if (safeMode !== undefined) warnOfSafeMode(safeMode, alive.length, log);
  watchRevival(await supervisor.rehydrate(alive, safeMode), log);
  const isKnown = (type: string) => catalog.mayHave(type);
  const revive = async () => watchRevival(await supervisor.revive(isKnown), log);
  await revive();
  const reload = async () => {
    const waiting = await environment.reload();
    await revive();
    return waiting;
  };
  spawner.refill();
  const endOlder = (destroyId: string, agentId: string) => dispatcher.endOlder(destroyId, agentId);
  const dispatcher: Dispatcher = startDispatching(parts, supervisor, (action) =>
    handleAction(action, { supervisor, catalog, reload, endOlder }),
  );
  const close = async () => undefined;
  const queue = new QueueClient({ table: store.queue, dispatcher, close });
  return {
    supervisor,
    dispatcher,
    queue,
    epoch,
    stream,
    watchdog,
    typeNames: () => catalog.types.map(({ name }) => name),
    environment,
    close: () => closeFleet({ dispatcher, supervisor, spawner, watchdog, store, environment }),
  };
}

function makeSpawner(
  { llm, log, heart: { stepMarksFd } }: FleetParts,
  catalog: AgentCatalog,
  partials: PartialFeed,
): Spawner {
  return new Spawner({
    catalog,
    env: threadEnvironment(),
    log,
    spares: SPARE_THREADS,
    findRefusal: createRoomGauge(),
    stepMarks: stepMarksFd === undefined ? undefined : new StepMarks(stepMarksFd),
    answerLlm: ({ request, port }, agentId) =>
      llm.call({ request, port, watch: () => partials.watch(agentId, request.function) }),
  });
}

/** With a place for V8's code of the thread's file, so that it is compiled once and not a thousand times. */
function threadEnvironment(): Readonly<Record<string, string>> {
  const cache = compileCacheFolder && { NODE_COMPILE_CACHE: fileURLToPath(compileCacheFolder) };
  return { ...cache, ...agentEnvironment() };
}

type Handle = ConstructorParameters<typeof Dispatcher>[0]["handle"];

function startDispatching(parts: FleetParts, supervisor: Supervisor, handle: Handle): Dispatcher {
  const { settings, log, store, events } = parts;
  const dispatcher = new Dispatcher({
    table: store.queue,
    events,
    log,
    pollMs: settings.pollMs,
    attemptsMax: settings.attemptsMax,
    handle,
    onAcked: (agentId, actionId) => supervisor.forgetApplied(agentId, actionId),
    hasEffect: (row) => supervisor.hasApplied(laneOf(row), row.id),
  });
  dispatcher.start();
  return dispatcher;
}

interface OpenFleet {
  readonly dispatcher: Dispatcher;
  readonly supervisor: Supervisor;
  readonly spawner: Spawner;
  readonly watchdog: Watchdog;
  readonly store: Store;
  readonly environment: Environment;
}

/** Milliseconds from the wish to end within which a store that fails is tried again. */
const STORE_PATIENCE_MS = 10_000;

/** What handlers start meanwhile is suspended at once. */
async function closeFleet(fleet: OpenFleet): Promise<void> {
  const { dispatcher, supervisor, spawner, watchdog, store } = fleet;
  using _watchdog = watchdog; // to the last thread's end
  store.endPatience(STORE_PATIENCE_MS);
  const closed = dispatcher.close();
  await supervisor.suspendAll();
  await closed;
  await spawner[Symbol.asyncDispose]();
  await fleet.environment.close();
}

function warnOfSafeMode(safeMode: SafeMode, agents: number, log: Logger): void {
  const how = "resume them one by one: troupe agent resume <id>";
  log.error(
    { agents },
    `SAFE_MODE: ${describeDeaths(safeMode)}; all agents came back paused, ${how}`,
  );
}

function watchRevival(revived: readonly Promise<void>[], log: Logger): void {
  if (revived.length === 0) return;
  log.info({ agents: revived.length }, "bringing agents back");
  for (const agent of revived) {
    agent.catch((error: unknown) => log.error({ err: error }, "an agent was not brought back"));
  }
}

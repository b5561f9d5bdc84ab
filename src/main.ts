/** The composition root: builds the parts in the order of the flow and closes them in reverse. */

import type { Logger } from "pino";
import { findToken } from "./control/access/token.ts";
import { serve } from "./control/server.ts";
import { StatsFeed } from "./control/stream/stats-feed.ts";
import { Counters } from "./counters.ts";
import { llmSettings } from "./environment.ts";
import { EventBus } from "./event-bus.ts";
import { countFleet } from "./fleet-counts.ts";
import { type HeartOrders, type RunningFleet, startFleet } from "./fleet-start.ts";
import { type LlmGateway, openLlm } from "./llm/gateway.ts";
import type { ModelOutage } from "./llm/model-state.ts";
import { describeModels } from "./llm/models.ts";
import type { About } from "./model/agent-view.ts";
import type { ErrorData } from "./model/error-data.ts";
import type { AgentId } from "./model/ids.ts";
import type { SettingsChange } from "./model/type-settings.ts";
import { openAddress } from "./open-address.ts";
import type { ActionQueue } from "./queue/action-queue.ts";
import { agentEnvironment, type Settings } from "./settings/config.ts";
import { requireShard } from "./settings/shard-places.ts";
import type { HeldShard } from "./standby.ts";
import { localStateFolder } from "./store/ownership/location.ts";
import { watchOwnership } from "./store/ownership/ownership.ts";
import { takeLock } from "./store/ownership/take-lock.ts";
import { openStore, type Store, type StoreOptions } from "./store/store.ts";
import { callsFor } from "./supervisor/guard/capacity.ts";
import { readMachineLimits } from "./supervisor/guard/machine-limits.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";
import { UsageLedger } from "./supervisor/usage-ledger.ts";
import { requireAddresses, requireDescriptors, requireMemoryFigures } from "./system-check.ts";

/** A running fleet. */
export interface Troupe {
  /** The queue, for callers in this process. */
  readonly queue: ActionQueue;
  readonly events: EventBus;
  readonly supervisor: Supervisor;
  /** The types of agents, with the files that each loads. */
  readonly types: () => readonly { readonly name: string; readonly files?: readonly string[] }[];
  /** Whether the database accepts writes now. */
  readonly health: Store["health"];
  /**
   * Resolves with the reason when another process has taken over the database. Nothing is written from
   * then on; the process should end, and leave its agents' rows as they are.
   */
  readonly lost: Store["lost"];
  /** The server's URL, and its token. */
  readonly server: { readonly url: string; readonly token: string };
  /** The model in use, as text. */
  readonly model: string;
  /** Resolves during close, once all agents have ended and everything is stored. */
  readonly stored: Promise<void>;
  /** Stops at step boundaries, stores everything, releases the database. */
  close(): Promise<void>;
}

/** What a start has from a wait for a lease, see {@link HeldShard}; it ends with the fleet. */
export type StartOptions = Partial<Omit<HeldShard, "settings">>;

/**
 * Starts the fleet of one database: brings its agents back and dispatches actions from then on.
 * @param options `takesOver`: the database may be taken from a process that runs it
 * @throws {TroupeError} `SYSTEM_UNUSABLE`, `DATABASE_LOCKED`, `DATABASE_UNUSABLE`, `ADDRESS_UNAVAILABLE`,
 * `TOKEN_FILE_UNUSABLE`, or `SETTING_INVALID` for a model provider or a folder of agents that cannot be
 * used, a public address without a set token, or a fleet of shards if none of them is named.
 */
export async function startTroupe(
  settings: Settings,
  log: Logger,
  heart: HeartOrders = {},
  options: StartOptions = {},
): Promise<Troupe> {
  requireMemoryFigures();
  const { descriptorsMax, addressMax } = readMachineLimits(Number.POSITIVE_INFINITY);
  requireDescriptors(descriptorsMax);
  requireAddresses(addressMax);
  await using opened = new AsyncDisposableStack();
  const { takesOver = false, lease } = options;
  const { lock, token, address } = await takePlace(opened, settings, heart, options);
  const claim = { lock, url: address.outsideUrl, takesOver, onTaken: askToCheck };
  const store = opened.use(await openOwnStore(settings, log, claim));
  const llm = opened.use(openModels(settings, log));
  opened.use(watchOwnership(lock, { log, onLost: store.fence }));
  lease?.lost.then(store.fence, store.fence);
  const events = new EventBus();
  opened.use(preferSteered(events, llm));
  const counters = opened.use(new Counters(events));
  const usage = new UsageLedger();
  const fleet = await startFleet({ settings, log, lock, store, llm, events, usage, heart });
  const stored = Promise.withResolvers<void>();
  opened.defer(async () => {
    await fleet.close();
    stored.resolve();
  });
  const { supervisor, queue } = fleet;
  const served = serveable({ settings, store, events, counters, usage, llm, log, fleet, lease });
  opened.use(new StatsFeed(served));
  opened.use(await serve({ ...settings, address, token, parts: served }));
  llm.open().catch((error: unknown) => log.error({ err: error }, "no model can be called"));
  const parts = opened.move();
  return {
    queue,
    events,
    supervisor,
    types: () => fleet.types(),
    get health() {
      return store.health;
    },
    lost: store.lost,
    server: { url: address.url, token },
    model: describeModels(llm.models),
    stored: stored.promise,
    close: () => parts.disposeAsync(),
  };
}

/** What makes this process the one that runs the database, before the database is open. */
async function takePlace(
  opened: AsyncDisposableStack,
  settings: Settings,
  heart: HeartOrders,
  options: StartOptions,
) {
  const { takesOver = false, [Symbol.asyncDispose]: release } = options;
  // Last of all: another process may start as soon as the lease is given up.
  if (release !== undefined) opened.defer(release);
  requireShard(settings);
  const lock = await takeLock(settings.db, settings.local, takesOver);
  opened.defer(() => lock.release());
  const token = await findToken(settings, localStateFolder(settings.db, settings.local));
  // Before any agent runs: an address in use ends the start.
  const address = options.address ?? opened.use(await openAddress(settings, heart));
  // A start that is refused from now on reports it.
  await lock.note({ url: address.url });
  return { lock, token, address };
}

/** An agent that was just steered is the next whose model call is made. */
function preferSteered(events: EventBus, llm: LlmGateway): Disposable {
  return events.subscribe(({ type, agent_id }) => {
    if (type === "agent.guidance" && agent_id !== undefined) llm.prefer(agent_id);
  });
}

interface Served {
  readonly settings: Settings;
  readonly store: Store;
  readonly events: EventBus;
  readonly counters: Counters;
  readonly usage: UsageLedger;
  readonly llm: LlmGateway;
  readonly log: Logger;
  readonly fleet: RunningFleet;
  readonly lease: HeldShard["lease"] | undefined;
}

/** The parts of the fleet for the server: all that a route may use. */
function serveable(served: Served) {
  const { settings, store, events, counters, usage, llm, log, fleet, lease } = served;
  const { supervisor, dispatcher, queue, door, epoch, stream, live, inside, environment } = fleet;
  const prices = () => environment.settings.prices;
  return {
    door,
    queue,
    withdraw: (id: string, why: ErrorData) => dispatcher.withdraw(id, why),
    store,
    events,
    stream,
    counters,
    log,
    epoch,
    count: () =>
      countFleet({ supervisor, dispatcher, llm, store, counters, usage, prices: prices() }),
    live: (agentId: AgentId) => live.one(agentId),
    liveAll: () => live.all(),
    liveNow: (agentId: AgentId) => live.refreshed(agentId),
    inside,
    types: {
      list: () => environment.types(),
      change: (name: string, change: SettingsChange) => environment.changeType(name, change),
      findSchema: (name: string) => environment.findSchema(name),
    },
    modelFault: () => llm.fault,
    lease: () => lease?.state,
    models: () => llm.states,
    prices,
    spent: () => usage.spent,
    usageOf: (agentId: AgentId) => supervisor.find(agentId)?.record.row.usage,
    about: () =>
      describeFleet(
        settings,
        llm,
        fleet.types().map(({ name }) => name),
      ),
  };
}

function openModels(settings: Settings, log: Logger): LlmGateway {
  const machine = readMachineLimits(Number.POSITIVE_INFINITY);
  const callsMax = callsFor(machine, Number.POSITIVE_INFINITY);
  return openLlm(llmSettings(settings), {
    threadEnv: agentEnvironment(),
    callsMax,
    onOutage: (outage) => logOutage(outage, log),
  });
}

/** One line when an outage starts, one when it ends. */
function logOutage({ isOver, state, tookMs }: ModelOutage, log: Logger): void {
  const { description: model, reason, waiting } = state;
  if (isOver) log.info({ model, took_ms: Math.round(tookMs), waiting }, "a model answers again");
  else
    log.warn({ model, reason, waiting }, "a model does not answer; its calls wait until it does");
}

/**
 * Makes a process that was replaced, and writes nothing at the moment, notice it sooner: a check of its
 * readiness is one of its claim. It may be reachable from nowhere but its own machine.
 */
function askToCheck(url: string | null): void {
  if (url === null) return;
  const signal = AbortSignal.timeout(2_000);
  fetch(new URL("/readyz", url), { signal })
    .then((answer) => answer.body?.cancel())
    .catch(() => undefined);
}

/** Milliseconds after which a slow opening is logged. */
const OPENING_MS = 5_000;

async function openOwnStore(
  settings: Settings,
  log: Logger,
  claim: NonNullable<StoreOptions["claim"]>,
): Promise<Store> {
  const { db: location, storageEnv: storage, retentionHours, shard } = settings;
  const slow = setTimeout(() => {
    log.warn({ location }, "the database is not open yet; the start waits for it");
  }, OPENING_MS);
  try {
    const keptMs = retentionHours * 3_600_000;
    const folder = localStateFolder(location, settings.local);
    const journal = { folder, acksInTable: settings.ack === "table" };
    return await openStore({ location, storage, log, janitor: {}, keptMs, journal, claim, shard });
  } finally {
    clearTimeout(slow);
  }
}

function describeFleet(
  { db, shard, fleetFile }: Settings,
  llm: LlmGateway,
  types: readonly string[],
): About {
  const place = `process ${process.pid}, started in ${process.cwd()}`;
  const model = describeModels(llm.models);
  const { fault, states: models } = llm;
  // Without the cause: that is for the log.
  const model_fault = fault === undefined ? null : { code: fault.code, message: fault.message };
  const fleet = shard && { ...shard, addresses: fleetFile?.addresses ?? null };
  return { model, models, model_fault, database: db, types, settings: place, shard: fleet };
}

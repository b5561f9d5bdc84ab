/**
 * The start of the fleet of an open database: its agents come back, its queue is dispatched. The parts
 * are built in the order of the flow and closed in reverse.
 */

import type { Logger } from "pino";
import { threadCode, threadRights } from "./agent-threads.ts";
import { StepMarks } from "./boundary/step-marks.ts";
import { StreamHub } from "./control/stream/hub.ts";
import { logFeed } from "./control/stream/log-feed.ts";
import { PartialFeed } from "./control/stream/partials.ts";
import { Environment } from "./environment.ts";
import type { EventBus } from "./event-bus.ts";
import type { HandlerDeps } from "./handlers/handler.ts";
import { handleAction, repeatAction } from "./handlers/registry.ts";
import type { LlmGateway } from "./llm/gateway.ts";
import type { AgentStatus } from "./model/agent-status.ts";
import type { AgentId } from "./model/ids.ts";
import type { SafeMode } from "./model/safe-mode.ts";
import { checkAgent } from "./model/shard-door.ts";
import { ActionQueue } from "./queue/action-queue.ts";
import { Dispatcher } from "./queue/dispatcher.ts";
import { constantRhythm, type PollRhythm } from "./queue/poller.ts";
import type { Settings } from "./settings/config.ts";
import { doorOf } from "./settings/shard-places.ts";
import type { StoreLock } from "./store/ownership/lock.ts";
import type { Store } from "./store/store.ts";
import { AgentCatalog } from "./supervisor/catalog/agent-catalog.ts";
import { modelChoiceOf } from "./supervisor/catalog/settings-of-types.ts";
import type { PassCall } from "./supervisor/effects/effects-options.ts";
import type { OnSpent } from "./supervisor/effects/spending.ts";
import { createCapacityCheck } from "./supervisor/guard/capacity.ts";
import { Watchdog } from "./supervisor/guard/watchdog.ts";
import { AgentInspector } from "./supervisor/inside/agent-inspector.ts";
import { AgentLogs } from "./supervisor/inside/agent-logs.ts";
import { LiveReader } from "./supervisor/live-figures.ts";
import { logRevival, warnOfSafeMode } from "./supervisor/rehydration.ts";
import { Supervisor } from "./supervisor/supervisor.ts";
import { Spawner } from "./supervisor/thread/spawner.ts";
import type { UsageLedger } from "./supervisor/usage-ledger.ts";
import { openTraces } from "./telemetry/open-traces.ts";

/** The orders of the heart above this process, if there is one. */
export interface HeartOrders {
  /** An open file, for {@link StepMarks}. */
  readonly stepMarksFd?: number | undefined;
  /** If set, agents come back paused. */
  readonly safeMode?: SafeMode | undefined;
  /** Preferred if any port will do. */
  readonly port?: number | undefined;
  /** Called with the port once the process listens. */
  readonly onListening?: (port: number) => void;
}

/** Warm threads: 7 MiB each; two simultaneous creates need not wait for a thread's start. */
const SPARE_THREADS = 2;

export interface FleetParts {
  readonly settings: Settings;
  readonly log: Logger;
  readonly lock: StoreLock;
  readonly store: Store;
  readonly llm: LlmGateway;
  readonly events: EventBus;
  /** Takes what the agents had spent, and what they spend. */
  readonly usage: UsageLedger;
  readonly heart: HeartOrders;
}

export type RunningFleet = Awaited<ReturnType<typeof startFleet>>;

/** Resolves once every agent's row is true again and actions are dispatched. */
export async function startFleet(parts: FleetParts) {
  const { log, store, llm, events } = parts;
  await parts.lock.note({ epoch: store.epoch });
  const stream = new StreamHub({ events, epoch: store.epoch });
  const catalog = new AgentCatalog();
  const knowsType = (type: string) => catalog.mayHave(type);
  const environment = makeEnvironment(parts, catalog);
  const supervisorOf = () => supervisor;
  const inspector = new AgentInspector(supervisorOf);
  const logs = new AgentLogs(logFeed(events, stream));
  const spawner = makeSpawner(parts, { catalog, stream, environment, logs, supervisorOf });
  const supervisor: Supervisor = new Supervisor({
    ...tablesOf(parts),
    events,
    log,
    epoch: store.epoch,
    ...threadsOf(spawner),
    settings: await environment.load(),
    knowsType,
    ended: await store.agents.countEnded(),
  });
  const { watchdog, traces } = await startObservers(parts, supervisor, inspector);
  environment.onChange((changed) => supervisor.reload(changed));
  await bringBack(supervisor, parts);
  const revive = async () => logRevival(await supervisor.revive(knowsType), log);
  await revive();
  const reload = async () => {
    const waiting = await environment.reload();
    spawner.renewSpares();
    await revive();
    return waiting;
  };
  spawner.refill();
  const deps = { supervisor, catalog, reload, keepsEffect: keptBy(store) };
  const dispatcher = await startDispatching(parts, deps);
  const open = { dispatcher, supervisor, spawner, watchdog, inspector, store, environment, traces };
  return {
    supervisor,
    dispatcher,
    queue: new ActionQueue(store.queue, dispatcher, doorOf(parts.settings)),
    door: doorOf(parts.settings),
    epoch: store.epoch,
    stream,
    inside: { inspector, logs },
    live: new LiveReader(supervisor, watchdog, (agentId) => llm.waitOf(agentId)),
    environment,
    types: () => catalog.types,
    close: () => closeFleet(open),
  };
}

function tablesOf({ store: { id, agents, effects }, usage }: FleetParts) {
  const onSpent: OnSpent = (spending) => usage.add(spending);
  return { table: agents, effects: { table: effects, seed: id }, onSpent };
}

function makeEnvironment(
  { settings, store: { configs }, llm, log }: FleetParts,
  catalog: AgentCatalog,
): Environment {
  return new Environment({ settings, configs, catalog, llm, log, rightsOf: threadRights });
}

/** What looks at the agents from their first step to their last. */
async function startObservers(
  { settings: { traceEnv: variables }, events, store, llm, log }: FleetParts,
  supervisor: Supervisor,
  inspector: AgentInspector,
) {
  const typeOf = (agentId: AgentId) => supervisor.agents.get(agentId)?.record.row.agent_type;
  const providerOf = (model: string) => llm.models.providerOf(model);
  const traces = await openTraces({ variables, events, store, typeOf, providerOf, log });
  const watchdog = new Watchdog({ supervisor, events, inspector, log });
  watchdog.start();
  return { watchdog, traces };
}

async function bringBack(
  supervisor: Supervisor,
  { store, usage, log, heart: { safeMode } }: FleetParts,
): Promise<void> {
  const alive = await store.agents.loadAlive();
  await usage.load(alive, store.agents);
  if (safeMode !== undefined) warnOfSafeMode(safeMode, alive.length, log);
  logRevival(await supervisor.rehydrate(alive, safeMode), log);
}

interface SpawnerParts {
  readonly catalog: AgentCatalog;
  readonly stream: StreamHub;
  readonly environment: Environment;
  readonly logs: AgentLogs;
  /** It is made after the spawner. */
  readonly supervisorOf: () => Supervisor;
}

function makeSpawner(
  { llm, log, events, heart: { stepMarksFd } }: FleetParts,
  { catalog, stream, environment, logs, supervisorOf }: SpawnerParts,
): Spawner {
  const partials = new PartialFeed({ events, stream });
  return new Spawner({
    catalog,
    rights: () => threadRights(environment.settings),
    code: threadCode(environment.settings),
    log,
    logs,
    spares: SPARE_THREADS,
    hotMax: () => environment.settings.hotMax,
    checkCapacity: createCapacityCheck(),
    stepMarks: stepMarksFd === undefined ? undefined : new StepMarks(stepMarksFd),
    answerLlm: (report, { agentId, generation }) => {
      const supervisor = supervisorOf();
      const pass: PassCall = ({ request, port }, onAttempt, onUsage) =>
        llm.call({
          ...callerOf(agentId, supervisor),
          request,
          port,
          onUsage,
          watch: () => {
            onAttempt();
            return partials.watch(agentId, request.function);
          },
        });
      const agent = supervisor.agents.get(agentId);
      if (agent === undefined) pass(report, () => undefined);
      else agent.effects.call(generation, report, pass);
    },
  });
}

function threadsOf(spawner: Spawner) {
  return {
    spawn: spawner.spawn,
    countWaiting: () => spawner.waiting,
    checkCapacity: (agents: number) => spawner.checkCapacity(agents),
  };
}

function callerOf(agentId: AgentId, { settings, agents }: Supervisor) {
  const row = agents.get(agentId)?.record.row;
  return {
    agentId,
    choice: row && modelChoiceOf(row, settings.typeSettings),
    isPausing: () => agents.get(agentId)?.record.row.paused === true,
    isStarting: () => isStarting(agents.get(agentId)?.record.row.status),
  };
}

/** True while an agent's setup runs. */
function isStarting(status: AgentStatus | undefined): boolean {
  return status === "starting" || status === "restarting";
}

function keptBy({ queue }: Store): HandlerDeps["keepsEffect"] {
  return (id) => queue.journal?.keepsEffect(id) === true;
}

async function startDispatching(
  parts: FleetParts,
  given: Omit<HandlerDeps, "endOlder">,
): Promise<Dispatcher> {
  const deps: HandlerDeps = {
    ...given,
    endOlder: (destroyId, agentId) => dispatcher.endOlder(destroyId, agentId),
  };
  const { settings, log, store, events } = parts;
  const { supervisor } = deps;
  const dispatcher: Dispatcher = new Dispatcher({
    table: store.queue,
    events,
    log,
    rhythm: rhythmOf(settings, store),
    attemptsMax: settings.attemptsMax,
    handle: async (action) => {
      // A row of another program may be in the wrong queue.
      if ("agentId" in action) checkAgent(doorOf(settings), action.agentId);
      return await handleAction(action, deps);
    },
    repeat: (action) => repeatAction(action, deps),
    onAcked: (agentId, actionId) => supervisor.forgetApplied(agentId, actionId),
    hasEffect: (agentId, actionId) => supervisor.hasApplied(agentId, actionId),
  });
  await dispatcher.start();
  return dispatcher;
}

/** Milliseconds between two polls, unless it is set. */
const POLL_MS = 1_000;

/** A time that is set is kept; else polls of an object store back off. */
function rhythmOf({ pollMs }: Settings, { pace }: Store): PollRhythm {
  const { readMs } = pace;
  if (pollMs !== null) return constantRhythm(pollMs, readMs);
  return { pollMs: POLL_MS, pollMsMax: pace.pollMsMax ?? POLL_MS, readMs };
}

interface OpenFleet {
  readonly dispatcher: Dispatcher;
  readonly supervisor: Supervisor;
  readonly spawner: Spawner;
  readonly watchdog: Watchdog;
  readonly inspector: AgentInspector;
  readonly store: Store;
  readonly environment: Environment;
  readonly traces: AsyncDisposable;
}

/** Milliseconds after the request to end during which failed writes are retried. */
const STORE_PATIENCE_MS = 10_000;

/** Agents that handlers start meanwhile are suspended immediately. */
async function closeFleet(fleet: OpenFleet): Promise<void> {
  const { dispatcher, supervisor, spawner, watchdog, inspector, store, environment, traces } =
    fleet;
  await using _traces = traces; // to the last step
  await using _inspector = inspector;
  using _watchdog = watchdog; // to the last thread's end
  store.stopRetryingAfter(STORE_PATIENCE_MS);
  const closed = dispatcher.close();
  await supervisor.suspendAll();
  await closed;
  await spawner[Symbol.asyncDispose]();
  await environment.close();
}

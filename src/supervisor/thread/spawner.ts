/** The spawner: makes threads, a few at a time, and gives agents to them. */

import { setImmediate as nextTurn } from "node:timers/promises";
import pLimit from "p-limit";
import type { Logger } from "pino";
import { makeLogBudget } from "../../boundary/log-budget.ts";
import type { ActorSpec, LlmReport } from "../../boundary/protocol.ts";
import type { StepMarks } from "../../boundary/step-marks.ts";
import { TroupeError } from "../../model/errors.ts";
import type { AgentId } from "../../model/ids.ts";
import { writeLog } from "../agent-line.ts";
import type { AgentCatalog } from "../catalog/agent-catalog.ts";
import type { CheckCapacity } from "../guard/capacity.ts";
import { CapacityQueue } from "../guard/capacity-queue.ts";
import type { AgentLogs } from "../inside/agent-logs.ts";
import { Child } from "./child.ts";
import type { ChildOptions, ReportReceiver } from "./child-options.ts";
import type { ThreadCodeSource } from "./thread-code.ts";
import type { ThreadRights } from "./thread-rights.ts";
import { UnassignedThread } from "./unassigned-thread.ts";
import { WarmPool } from "./warm-pool.ts";

/** Threads made at the same time; more would only compete for the processor. */
const SPAWNS_AT_ONCE_MAX = 2;

export interface SpawnRequest {
  readonly agentType: string;
  /** Awaited before the thread is made. */
  readonly ready?: (() => Promise<void>) | undefined;
  /** Called when the thread is made, which may be long after the request: the agent as it is then. */
  readonly spec: () => Omit<ActorSpec, "moduleUrl">;
  /** Called in the same turn as `spec`, so that no command for the agent is lost in between. */
  readonly onMade: (child: Child) => void;
  readonly reports: ReportReceiver<Child>;
  /** Called if the machine has no room for the thread, which is then made later. */
  readonly onWait?: (refusal: TroupeError) => void;
  /** Cancels the request. */
  readonly signal: AbortSignal;
}

/**
 * Makes a thread; resolves once it runs, or with undefined if `signal` was aborted before. Rejects if
 * the thread cannot be made or the agent cannot be sent to it.
 */
export type SpawnChild = (request: SpawnRequest) => Promise<Child | undefined>;

/** The thread that makes a model call. */
export interface Caller {
  readonly agentId: AgentId;
  readonly generation: number;
}

export interface SpawnOptions {
  readonly catalog: AgentCatalog;
  /** Read for each thread. */
  readonly rights: () => ThreadRights;
  readonly log: Logger;
  /** Keeps each agent's last lines; left out: nobody does. */
  readonly logs?: AgentLogs;
  /** Undefined in the source tree. */
  readonly code?: ThreadCodeSource | undefined;
  /** Show whose code runs; undefined without a heart, which would read them. */
  readonly stepMarks?: StepMarks | undefined;
  /** Threads kept ready for new agents; none by default. */
  readonly spares?: number;
  /** Threads of agents at the same time; null = no limit of their number. Read for each start. */
  readonly hotMax?: () => number | null;
  /** Left out: there is always room. */
  readonly checkCapacity?: CheckCapacity | undefined;
  /** Answers a model call over its port. */
  readonly answerLlm: (report: LlmReport, caller: Caller) => void;
}

export class Spawner implements AsyncDisposable {
  readonly #options: SpawnOptions;
  readonly #limit = pLimit(SPAWNS_AT_ONCE_MAX);
  readonly #logBudget = makeLogBudget();
  readonly #spares: WarmPool;
  readonly #room: CapacityQueue;
  /** Starts beyond `hotMax`. They come before the room of the machine. */
  readonly #turns: CapacityQueue;
  /** Threads that have an agent. */
  #threads = 0;
  /** Makes spares, one after the other, while no request waits. */
  #refilling: Promise<void> | undefined;

  constructor(options: SpawnOptions) {
    this.#options = options;
    const { spares = 0, log } = options;
    const checkRoom = (admitted: number) => this.checkCapacity(this.#threads + admitted);
    this.#room = new CapacityQueue({ log, checkCapacity: checkRoom });
    this.#turns = new CapacityQueue({ checkCapacity: (admitted) => this.#findFull(admitted) });
    this.#spares = new WarmPool({ count: spares, make: () => this.#makeThread() });
  }

  /** Returns why no agent can be added to `agents` with threads now or soon; undefined if one can. */
  checkCapacity(agents: number): TroupeError | undefined {
    const { code, checkCapacity } = this.#options;
    const atOnce = Math.min(agents, this.#hotMax - 1);
    // An agent that has no thread for this reason has not failed.
    return code?.findFault() ?? checkCapacity?.(atOnce, this.#threads);
  }

  /** The number of starts that wait for the end of another thread. */
  get waiting(): number {
    return this.#turns.waiting + this.#room.waiting;
  }

  readonly spawn: SpawnChild = async (request) => {
    const { signal, onWait } = request;
    await this.#options.catalog.waitFor(request.agentType, signal);
    if (!(await this.#turns.enter(signal))) return undefined;
    if (!(await this.#room.enter(signal, onWait))) {
      this.#turns.leave();
      return undefined;
    }
    try {
      return await this.#limit(() => this.#takeTurn(request));
    } finally {
      this.refill();
    }
  };

  get #hotMax(): number {
    return this.#options.hotMax?.() ?? Number.POSITIVE_INFINITY;
  }

  #findFull(admitted: number): TroupeError | undefined {
    if (this.#threads + admitted < this.#hotMax) return undefined;
    return new TroupeError("AGENT_LIMIT", `${this.#hotMax} agents have a thread, TROUPE_HOT_MAX`);
  }

  async #takeTurn(request: SpawnRequest): Promise<Child | undefined> {
    const child = await this.#makeReady(request).finally(() => {
      this.#turns.leave();
      this.#room.leave();
    });
    await child?.online;
    return child;
  }

  async #makeReady(request: SpawnRequest): Promise<Child | undefined> {
    const { signal, ready } = request;
    if (signal.aborted) return undefined;
    await ready?.();
    if (signal.aborted) return undefined;
    try {
      return this.#makeChild(request);
    } catch (thrown) {
      await nextTurn(); // thousands may fail for the same reason in a row
      throw thrown;
    }
  }

  /** Makes the spares that are missing, in the background. */
  refill(): void {
    this.#refilling ??= this.#refill().finally(() => {
      this.#refilling = undefined;
    });
  }

  /** Replaces the spare threads, because their rights have changed. */
  renewSpares(): void {
    this.#spares.clear();
    this.refill();
  }

  /** Ends the spare threads. Those with an agent are the supervisor's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spares.close();
    await this.#refilling;
  }

  async #refill(): Promise<void> {
    const isBusy = () => this.#limit.activeCount + this.#limit.pendingCount > 0;
    const hasRoom = () => this.checkCapacity(this.#threads + 1) === undefined;
    while (!isBusy() && hasRoom() && (await this.#spares.addOne()));
  }

  /** Its step mark has no name yet and suspects no agent. */
  #makeThread(): UnassignedThread {
    const { rights, stepMarks, code } = this.#options;
    const stepMark = stepMarks?.take("");
    const thread = new UnassignedThread({
      rights: rights(),
      stepMark,
      logBudget: this.#logBudget,
      code: code?.get(),
    });
    if (stepMark !== undefined) thread.worker.once("exit", () => stepMarks?.takeBack(stepMark));
    return thread;
  }

  #makeChild(request: SpawnRequest): Child {
    const { catalog, log, logs, stepMarks, answerLlm } = this.#options;
    const { moduleUrl } = catalog.get(request.agentType);
    const spec = request.spec();
    const thread = this.#spares.take() ?? this.#makeThread();
    if (thread.stepMark !== undefined) stepMarks?.rename(thread.stepMark, spec.agentId);
    const agentLog = log.child({ agent: spec.agentId });
    const child = giveAgent({
      ...request.reports,
      spec: { ...spec, moduleUrl },
      thread,
      onLlm: (report) =>
        answerLlm(report, { agentId: spec.agentId as AgentId, generation: spec.generation }),
      onLog: (report) => {
        writeLog(agentLog, report);
        logs?.add(spec.agentId as AgentId, spec.generation, report);
      },
    });
    this.#threads += 1;
    void child.ended.then(() => {
      this.#threads -= 1;
      this.#turns.admit();
      this.#room.admit();
    });
    request.onMade(child);
    return child;
  }
}

/** @throws if the agent cannot be sent to the thread, which is then useless. */
function giveAgent(options: ChildOptions<Child>): Child {
  try {
    return new Child(options);
  } catch (thrown) {
    options.thread.discard().catch(() => undefined);
    throw thrown;
  }
}

/** The spawner: makes threads, a few at a time, and gives agents to them. */

import { setImmediate as nextTurn } from "node:timers/promises";
import pLimit from "p-limit";
import type { Logger } from "pino";
import { makeLogBudget } from "../../boundary/log-budget.ts";
import type { ActorSpec, LlmReport } from "../../boundary/protocol.ts";
import type { StepMarks } from "../../boundary/step-marks.ts";
import type { TroupeError } from "../../model/errors.ts";
import type { AgentId } from "../../model/ids.ts";
import { writeLog } from "../agent-line.ts";
import type { AgentCatalog } from "../catalog/agent-catalog.ts";
import type { CheckCapacity } from "../guard/capacity.ts";
import { CapacityQueue } from "../guard/capacity-queue.ts";
import { Child, type ChildOptions, type ReportReceiver } from "./child.ts";
import { UnassignedThread } from "./unassigned-thread.ts";
import { WarmPool } from "./warm-pool.ts";

/** Threads being made at the same time; more of them only take each other's processor. */
const SPAWNS_AT_ONCE_MAX = 2;

export interface SpawnRequest {
  readonly agentType: string;
  /** Awaited when the turn has come; left out: nothing is. */
  readonly ready?: (() => Promise<void>) | undefined;
  /** Asked when the thread is made, which may be long after the request: the agent as it is then. */
  readonly spec: () => Omit<ActorSpec, "moduleUrl">;
  /** Called in the same turn as `spec`, so that what comes for the agent falls between no two stools. */
  readonly onMade: (child: Child) => void;
  readonly reports: ReportReceiver;
  /** Called where the machine has no room for the thread: it is made once there is some. */
  readonly onWait?: (refusal: TroupeError) => void;
  /** Aborted: no thread is made any more. */
  readonly signal: AbortSignal;
}

/**
 * Makes a thread; resolves once it runs, or with undefined where `signal` was aborted before. Rejects
 * with whatever kept the thread from being made or the agent from being given to it.
 */
export type SpawnChild = (request: SpawnRequest) => Promise<Child | undefined>;

export interface SpawnOptions {
  readonly catalog: AgentCatalog;
  /** The environment that agents see. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Where threads show whose code runs; undefined where no heart would look. */
  readonly stepMarks?: StepMarks | undefined;
  /** Threads that are kept ready for agents to come; none by default. */
  readonly spares?: number;
  /** Why no thread can be made beside those of so many agents; left out: there is always room. */
  readonly checkCapacity?: CheckCapacity | undefined;
  /** Answers a model call over the port that came with it. */
  readonly answerLlm: (report: LlmReport, agentId: AgentId) => void;
}

export class Spawner implements AsyncDisposable {
  readonly #options: SpawnOptions;
  readonly #limit = pLimit(SPAWNS_AT_ONCE_MAX);
  readonly #logBudget = makeLogBudget();
  readonly #spares: WarmPool;
  readonly #room: CapacityQueue;
  /** Threads that have an agent. */
  #threads = 0;
  /** The making of spares, one after the other, while nobody waits for a thread. */
  #refilling: Promise<void> | undefined;

  constructor(options: SpawnOptions) {
    this.#options = options;
    const { spares = 0, log } = options;
    const checkRoom = (admitted: number) => this.checkCapacity(this.#threads + admitted);
    this.#room = new CapacityQueue({ log, checkCapacity: checkRoom });
    this.#spares = new WarmPool({ count: spares, make: () => this.#makeThread() });
  }

  /** Why no further agent can have a thread beside `agents`, with threads now or soon, if none can. */
  checkCapacity(agents: number): TroupeError | undefined {
    return this.#options.checkCapacity?.(agents, this.#threads);
  }

  readonly spawn: SpawnChild = async (request) => {
    const { signal, onWait } = request;
    await this.#options.catalog.waitFor(request.agentType, signal);
    if (!(await this.#room.enter(signal, (refusal) => onWait?.(refusal)))) return undefined;
    try {
      return await this.#limit(() => this.#takeTurn(request));
    } finally {
      this.refill();
    }
  };

  async #takeTurn(request: SpawnRequest): Promise<Child | undefined> {
    const child = await this.#makeReady(request).finally(() => this.#room.leave());
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
      await nextTurn(); // thousands may fail by the same cause, one right after the other
      throw thrown;
    }
  }

  /** Makes the spares that are missing, in the background. */
  refill(): void {
    this.#refilling ??= this.#refill().finally(() => {
      this.#refilling = undefined;
    });
  }

  /** Ends the spare threads. Those with an agent are the supervisor's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spares.close();
    await this.#refilling;
  }

  async #refill(): Promise<void> {
    for (let isMissing = true; isMissing && !this.#isBusy && this.#hasRoom; )
      isMissing = await this.#spares.addOne();
  }

  get #hasRoom(): boolean {
    return this.checkCapacity(this.#threads + 1) === undefined;
  }

  get #isBusy(): boolean {
    return this.#limit.activeCount + this.#limit.pendingCount > 0;
  }

  /** Its step mark has no name yet, so that nobody is suspected by it. */
  #makeThread(): UnassignedThread {
    const { env, stepMarks } = this.#options;
    const stepMark = stepMarks?.take("");
    const thread = new UnassignedThread({ env, stepMark, logBudget: this.#logBudget });
    if (stepMark !== undefined) thread.worker.once("exit", () => stepMarks?.takeBack(stepMark));
    return thread;
  }

  #makeChild(request: SpawnRequest): Child {
    const { catalog, log, stepMarks, answerLlm } = this.#options;
    const { moduleUrl } = catalog.get(request.agentType);
    const spec = request.spec();
    const thread = this.#spares.take() ?? this.#makeThread();
    if (thread.stepMark !== undefined) stepMarks?.rename(thread.stepMark, spec.agentId);
    const agentLog = log.child({ agent: spec.agentId });
    const child = giveAgent({
      ...request.reports,
      spec: { ...spec, moduleUrl },
      thread,
      onLlm: (report) => answerLlm(report, spec.agentId as AgentId),
      onLog: (report) => writeLog(agentLog, report),
    });
    this.#threads += 1;
    void child.ended.then(() => {
      this.#threads -= 1;
      this.#room.admit();
    });
    request.onMade(child);
    return child;
  }
}

/** @throws what cannot be sent into the thread, which is of no use then. */
function giveAgent(options: ChildOptions): Child {
  try {
    return new Child(options);
  } catch (thrown) {
    options.thread.discard().catch(() => undefined);
    throw thrown;
  }
}

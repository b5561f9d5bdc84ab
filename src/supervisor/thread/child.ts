/**
 * A child: the life of one thread, from its start to its end. It knows nothing of restarts.
 * Whatever the thread does, `started` and `ended` resolve: nothing here depends on its cooperation.
 */

import { ActorLink } from "../../boundary/actor-link.ts";
import type { MainControl, Phase } from "../../boundary/control-block.ts";
import type { DesiredState } from "../../boundary/desired-state.ts";
import type {
  EndedReport,
  InterruptMode,
  RecalledEffects,
  Report,
} from "../../boundary/protocol.ts";
import { parseReport } from "../../boundary/report-check.ts";
import type { Guidance } from "../../model/agent.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { toErrorData } from "../../model/errors.ts";
import { Liveness, type LivenessChange } from "../guard/liveness.ts";
import { readWaitedMs } from "../guard/run-delay.ts";
import { endError, FirstError, isSlow, startCode, startTimeout } from "./child-errors.ts";
import type { ChildOptions } from "./child-options.ts";
import { ThreadHold } from "./thread-hold.ts";
import { ThreadSteps } from "./thread-steps.ts";
import { measureThread, type ThreadUsage } from "./thread-usage.ts";
import type { UnassignedThread } from "./unassigned-thread.ts";

/** Milliseconds from the agent's assignment to the end of its setup. */
const START_DEADLINE_MS = 30_000;
/** How a thread ended. */
export interface ChildEnd {
  readonly code: number;
  /** The reason in its last report: stopped or rested as requested, or finished; `unsaid` without a report. */
  readonly reason: EndedReport["reason"] | "unsaid";
  /** Why it failed; undefined if it did not fail, or left no error. */
  readonly error: ErrorData | undefined;
  /** True if its setup or a step threw or took too long, and nothing worse happened. */
  readonly hasThrown: boolean;
}

export class Child {
  /** Resolves when the thread exists and runs. */
  readonly online: Promise<unknown>;
  /** Resolves with undefined once setup has ended, or with the end if the thread ended first. */
  readonly started: Promise<ChildEnd | undefined>;
  /** Resolves once the thread is gone and its last report was handled. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #options: ChildOptions<Child>;
  readonly #worker: UnassignedThread["worker"];
  readonly #control: MainControl;
  readonly #commands: ActorLink;
  readonly #pulse = new Liveness();
  /** When the last beat before this silence was due; undefined while there is none. */
  #silentSince: number | undefined;
  readonly #ready = Promise.withResolvers<undefined>();
  #isReady = false;
  #hasEnded = false;
  #reason: ChildEnd["reason"] = "unsaid";
  readonly #firstError = new FirstError();
  /** How long heap summaries have stopped the thread. */
  readonly hold: ThreadHold;
  readonly steps: ThreadSteps;

  constructor(options: ChildOptions<Child>) {
    const { spec, thread } = options;
    this.#options = options;
    this.#control = thread.control;
    this.hold = new ThreadHold(this.#control);
    this.steps = new ThreadSteps(this.#control, spec.iteration);
    this.#control.assign(spec.generation);
    this.#control.setStored(spec.iteration);
    this.#worker = thread.worker;
    const { worker } = thread;
    this.#commands = new ActorLink({
      post: (call) => worker.postMessage(call),
      control: this.#control,
      onFault: (thrown) => this.#endForFault(thrown),
    });
    worker.on("message", (message) => this.#onMessage(message));
    this.online = thread.online;
    this.ended = this.#waitForEnd();
    this.started = this.#waitForStart();
    void this.#commands.start(spec).then((refusal) => {
      if (refusal !== undefined) this.terminate({ ...refusal, code: startCode(refusal) });
    });
  }

  /** True once setup has ended. */
  get isReady(): boolean {
    return this.#isReady;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True once the agent's code may run. If still false after `stop` was written, it never will. */
  get hasBegun(): boolean {
    return this.#control.heartbeat !== 0;
  }

  /** Version of the current desired state; a `settled` report with another one is ignored. */
  get desiredVersion(): number {
    return this.#control.readDesired().version;
  }

  /** Node's number of the thread; negative once it has ended. */
  get threadId(): number {
    return this.#worker.threadId;
  }

  /** Bytes of shared and WebAssembly memory, which {@link measure} leaves out. */
  get sharedBytes(): number {
    return this.#control.sharedBytes;
  }

  /** Milliseconds for which the thread's event loop was not idle. Needs no answer from the thread. */
  get workedMs(): number {
    return this.#worker.performance.eventLoopUtilization().active;
  }

  /** See {@link measureThread}. */
  measure(): Promise<ThreadUsage | undefined> {
    return measureThread(this.#worker);
  }

  /** The thread's phase and number of ended steps. */
  get position(): { readonly phase: Phase; readonly iteration: number } {
    const { phase, iteration } = this.#control;
    return { phase, iteration };
  }

  /** Milliseconds from its start that the running step wants to take; 0 = it has said nothing. */
  get stepExtendedMs(): number {
    return this.#control.stepExtendedMs;
  }

  /** Must be called a few times a second. @param elapsedMs milliseconds since the last call */
  checkLiveness(elapsedMs: number): LivenessChange | undefined {
    const change = this.#pulse.check(this.#control, elapsedMs, () =>
      readWaitedMs(this.#control.threadId),
    );
    if (change === "fell_silent") this.#silentSince = Math.round(Date.now() - this.silentMs);
    if (change === "recovered") this.#silentSince = undefined;
    return change;
  }

  /** Milliseconds without a turn of the event loop while the agent's code runs, as checked last. */
  get silentMs(): number {
    return this.#pulse.silentMs;
  }

  /** True while it does not respond because it gets too little processor time. */
  get isStarved(): boolean {
    return !this.#hasEnded && this.#pulse.isStarved;
  }

  /** When it became unresponsive, in milliseconds since the epoch; undefined if it responds. */
  get unresponsiveSince(): number | undefined {
    return this.#hasEnded ? undefined : this.#silentSince;
  }

  /** Writes the desired state to shared memory, and wakes a sleeper. A stop is final. */
  setDesired(desired: DesiredState): void {
    if (desired !== "stop" && this.#control.readDesired().desired === "stop") return;
    this.#control.setDesired(desired);
    this.#commands.wake();
  }

  /** The agent's steps are stored up to this one: wakes the thread if it waits for that. */
  stored(iteration: number): void {
    this.#control.setStored(iteration);
  }

  /**
   * Resolves with why the thread refuses the guidance; with undefined if it accepts it, or gives no
   * answer in time, or ever: then the agent's row has it.
   * @throws if the guidance cannot be sent.
   */
  interrupt(guidance: Guidance, mode: InterruptMode): Promise<ErrorData | undefined> {
    return this.#commands.interrupt(guidance, mode);
  }

  /** So many of the thread's reports of effects are stored: wakes the steps that wait for that. */
  effectsStored(count: number): void {
    this.#control.setEffectsStored(count);
  }

  recalled(answer: RecalledEffects): void {
    this.#commands.recalled(answer);
  }

  abort(): void {
    this.#commands.abort();
  }

  /** Ends the thread without its consent; `ended` resolves when it is gone. */
  terminate(error?: ErrorData): void {
    this.#firstError.keep(error, error !== undefined && isSlow(error));
    // It rejects if the thread is gone already, which `ended` reports.
    this.#worker.terminate().catch(() => undefined);
  }

  async #waitForEnd(): Promise<ChildEnd> {
    this.#worker.on("error", (error) => {
      this.#firstError.keep(endError(error), false);
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#worker.once("exit", resolve);
    // Before this, Node has emitted the port's remaining messages.
    const code = await promise;
    this.#hasEnded = true;
    this.#commands.close();
    return { code, reason: this.#reason, ...this.#firstError.found };
  }

  async #waitForStart(): Promise<ChildEnd | undefined> {
    const timer = setTimeout(
      () => this.terminate(startTimeout(this.#options.spec, START_DEADLINE_MS)),
      START_DEADLINE_MS,
    );
    const end = await Promise.race([this.#ready.promise, this.ended]);
    clearTimeout(timer);
    return end;
  }

  #onMessage(message: unknown): void {
    let report: Report;
    try {
      report = parseReport(message);
    } catch (thrown) {
      this.#endForFault(thrown);
      return;
    }
    this.#take(report);
  }

  /** The thread has sent a message that is not a report, or an invalid answer. */
  #endForFault(thrown: unknown): void {
    this.terminate(toErrorData(thrown, "AGENT_REPORT_INVALID"));
  }

  #take(report: Report): void {
    const { onReady, onSettled, onStep, onEffects, onProgress, onLlm, onLog } = this.#options;
    switch (report.kind) {
      case "answer":
        this.#commands.receive(report);
        return;
      case "ready":
        this.#isReady = true;
        this.#ready.resolve(undefined);
        onReady(this);
        return;
      case "settled":
        onSettled(this, report);
        return;
      case "taken":
        this.steps.take(report);
        return;
      case "step":
        this.steps.take(report);
        onStep(this, report);
        return;
      case "calls":
      case "effect":
      case "recall":
      case "ask":
        onEffects(this, report);
        return;
      case "progress":
        this.steps.take(report);
        onProgress(this, report);
        return;
      case "llm":
        onLlm(report);
        return;
      case "log":
        onLog(report);
        return;
      case "ended":
        this.#reason = report.reason;
        return;
      case "failed":
        this.#firstError.keepFailure(report);
        return;
    }
  }
}

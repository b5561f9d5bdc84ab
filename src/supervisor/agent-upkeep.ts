/**
 * The upkeep of one agent: gives it a thread, waits for the thread's end, and decides what follows:
 * another start, the end, or an error. Nothing is started once `ending` has fired.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ExitReason } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import type { AgentRecord } from "./agent-record.ts";
import { type StartEnd, startThread } from "./agent-start.ts";
import { actorSpec, settingsOf } from "./catalog/settings-of-types.ts";
import { cutOffError } from "./cut-off-step.ts";
import { type Failure, failureOf, finishedExit, restarted } from "./failures.ts";
import { ReportDesk } from "./report-desk.ts";
import { type EndCause, RestartPolicy, type RestartVerdict } from "./restart-policy.ts";
import { noteRoomWait } from "./room-wait.ts";
import type { Child, ChildEnd } from "./thread/child.ts";
import type { UpkeepOptions } from "./upkeep-options.ts";

export class AgentUpkeep {
  readonly #record: AgentRecord;
  readonly #options: UpkeepOptions;
  /** Fires when the agent is ended from outside: the code that ends it does the rest. */
  readonly #ending: AbortSignal;
  readonly #policy: RestartPolicy;
  readonly #reports: ReportDesk;
  #child: Child | undefined;
  /** Threads that a restart ends: their ends need no upkeep, however late they come. */
  readonly #replaced = new WeakSet<Child>();
  /** Threads whose end has cut off a step, and that step's failure. */
  readonly #cutOff = new WeakMap<Child, Failure>();
  /** Ends the wait between a failure and the next start. */
  #waiting: AbortController | undefined;

  constructor(record: AgentRecord, ending: AbortSignal, options: UpkeepOptions) {
    this.#record = record;
    this.#ending = ending;
    this.#options = options;
    this.#policy = new RestartPolicy(record.id);
    this.#reports = new ReportDesk(record, {
      log: options.log,
      effects: options.effects,
      graceMs: options.graceMs,
      onProgress: options.onProgress,
      onUnstored: options.onUnstored,
      onUnstorable: (child, thrown) => this.#failUnstorable(child, thrown),
      onSuccess: () => this.#policy.noteSuccess(performance.now()),
      isLastTry: ({ code }) =>
        code !== "AGENT_ADDON_REFUSED" &&
        this.#policy.isLastTry(this.#typeSettings(), performance.now()),
    });
  }

  get child(): Child | undefined {
    return this.#child;
  }

  /** True if its last step was `done` and its restart type does not start it again. */
  get isOver(): boolean {
    return this.#hasFinished && !this.#isPermanent;
  }

  forgetFailedSteps(): void {
    this.#reports.forgetFailedSteps();
  }

  /**
   * The first start, which a caller awaits: its generation is set and being stored. Like OTP's
   * `start_child` it is not retried.
   */
  async startFirst(): Promise<StartEnd> {
    return await this.#start(undefined);
  }

  /** Gives the agent a thread; failures lead to restarts. Never rejects. */
  async giveThread(): Promise<void> {
    try {
      await this.#handleStart(await this.#start(this.#options.ready));
    } catch (error) {
      this.#logUnhandled(error);
    }
  }

  /**
   * Replaces the agent's thread once its running step has ended, or ends the wait for its next start.
   * @param stop ends a thread
   * @returns why the new thread's setup failed; undefined if it did not
   */
  async restart(stop: (child: Child) => Promise<unknown>): Promise<ErrorData | undefined> {
    const child = this.#child;
    const failed = await child?.started; // an unfinished start is not taken for a failure
    this.#policy.forgetAll();
    if (child === undefined || failed !== undefined || child !== this.#child) {
      this.#waiting?.abort();
      return undefined;
    }
    this.#replaced.add(child);
    this.#record.trigger("crash");
    this.#reports.saveSoon(child);
    // Until it has ended, guidance reaches it, its steps count, and its limits hold.
    await stop(child);
    this.#child = undefined;
    if (this.#ending.aborted) return undefined;
    if (this.isOver) {
      await this.#endFinished("finished");
      return undefined;
    }
    const end = await this.#start(this.#options.ready);
    this.#handleStart(end).catch((error: unknown) => this.#logUnhandled(error));
    return end.kind === "failed" ? end.error : undefined;
  }

  async #handleStart(end: StartEnd): Promise<void> {
    if (end.kind !== "failed") return;
    if (end.isLasting) await this.giveUpStart(end.error, "unstartable");
    else await this.#handleFailure(end);
  }

  /** Puts the agent into `error` without a retry. */
  async giveUpStart(error: ErrorData, reason: "failed" | "unstartable"): Promise<void> {
    await this.#giveUp(error, reason);
    this.#options.onStartFailed(this.#record.id, error);
  }

  /** Ends the agent in its row, immediately; resolves once that is stored. */
  async end(exit: ExitReason): Promise<void> {
    await this.#record.end(exit);
    this.#options.onGone(this.#record);
  }

  /** @param ready left out if the generation is set already */
  async #start(ready: (() => Promise<void>) | undefined): Promise<StartEnd> {
    const record = this.#record;
    const { effects, spawn } = this.#options;
    const isNew = ready !== undefined;
    const end = await startThread(record.id, spawn, {
      agentType: record.row.agent_type,
      ready,
      spec: () => {
        if (isNew) record.beginGeneration();
        return { ...actorSpec(record.row, this.#options.typeSettings()), ...effects.spec };
      },
      onWait: (refusal) => void noteRoomWait(record, refusal, this.#options),
      onMade: (child) => {
        this.#child = child;
        effects.attach(child);
        child.ended
          .then((end) => this.#takeGone(child, end))
          .catch((error: unknown) => this.#logUnhandled(error));
        const hasWaited = record.findRoom();
        if (record.row.paused) child.setDesired("pause");
        if (isNew || hasWaited) this.#reports.saveSoon(child);
      },
      reports: {
        onReady: (child) => this.#deskOf(child)?.takeReady(child),
        onSettled: (child, report) => this.#deskOf(child)?.takeSettled(child, report),
        onStep: (child, report) => this.#deskOf(child)?.takeStep(child, report),
        onEffects: (child, report) => effects.take(child, report),
        onProgress: (child, report) => this.#deskOf(child)?.takeProgress(report),
      },
      signal: this.#ending,
    });
    if (end.kind !== "ready") this.#child = undefined;
    else {
      this.#watch(end.child);
      // A caller that awaits the start may then list agents by status.
      await this.#reports.readyStored;
    }
    return end;
  }

  /** Undefined for a thread of an older generation. */
  #deskOf(child: Child): ReportDesk | undefined {
    return child === this.#child ? this.#reports : undefined;
  }

  /** The thread is gone. Also called if it never became ready. */
  #takeGone(child: Child, end: ChildEnd): void {
    const step = this.#hasFailed(child, end) ? child.steps.open : undefined;
    try {
      if (step === undefined) return;
      const error = cutOffError(failureOf(this.#record.id, end).error, step);
      this.#cutOff.set(child, { error, hasThrown: end.hasThrown || step.guidance.length > 0 });
      this.#reports.takeCutOff(child, step, error);
    } finally {
      this.#options.effects.detach(child);
    }
  }

  /** False for a thread that was ended by request, or because its record cannot be stored. */
  #hasFailed(child: Child, end: ChildEnd): boolean {
    if (child !== this.#child || this.#replaced.has(child)) return false;
    return !this.#ending.aborted && !this.#options.rest.isFor(child, end);
  }

  /** Waits for the thread's end in the background. */
  #watch(child: Child): void {
    child.ended
      .then((end) => (this.#replaced.has(child) ? undefined : this.#handleEnd(child, end)))
      .catch((error: unknown) => this.#logUnhandled(error));
  }

  #logUnhandled(error: unknown): void {
    const agent = this.#record.id;
    this.#options.log.error({ err: error, agent }, "an agent's start or end was not handled");
  }

  async #handleEnd(child: Child, end: ChildEnd): Promise<void> {
    this.#child = undefined;
    if (this.#ending.aborted || this.#options.rest.take(child, end)) return;
    if (this.#hasFinished) await this.#handleFinish(end);
    else {
      const { error, hasThrown } = this.#cutOff.get(child) ?? failureOf(this.#record.id, end);
      // Its code loads an add-on in a step; another try would, too.
      if (error.code === "AGENT_ADDON_REFUSED") return await this.giveUpStart(error, "unstartable");
      await this.#handleFailure({ error, hasThrown });
    }
  }

  get #hasFinished(): boolean {
    return this.#record.row.exit_reason?.reason === "finished";
  }

  get #isPermanent(): boolean {
    return this.#typeSettings().restart === "permanent";
  }

  /** A `permanent` agent that is done is started again, as in OTP. That is not a failure. */
  async #handleFinish({ reason }: ChildEnd): Promise<void> {
    if (!this.#isPermanent) return await this.#endFinished(reason);
    const { log } = this.#options;
    log.info({ agent: this.#record.id }, "agent finished; its restart type is permanent");
    await this.#carryOut(this.#decide({ kind: "finished" }));
  }

  async #endFinished(reason: ChildEnd["reason"]): Promise<void> {
    const { row, id } = this.#record;
    const { log } = this.#options;
    await this.end(finishedExit(row, reason === "finished"));
    log.info({ agent: id, iteration: row.iteration }, "agent finished");
  }

  async #handleFailure({ error, hasThrown }: Failure): Promise<void> {
    const record = this.#record;
    this.#options.log.warn({ agent: record.id, error }, "agent failed");
    const verdict = this.#decide({ kind: hasThrown ? "threw" : "crashed", error });
    if (verdict.kind === "restart") {
      this.#options.onRestart();
      const last_error = restarted(error, verdict.recent, Date.now());
      record.change({ last_error, restarts: record.row.restarts + 1 });
    }
    await this.#carryOut(verdict);
  }

  #decide(cause: EndCause): RestartVerdict {
    return this.#policy.decide(cause, this.#typeSettings(), performance.now(), Math.random());
  }

  async #carryOut(verdict: RestartVerdict): Promise<void> {
    const record = this.#record;
    if (verdict.kind === "give_up") {
      await this.#giveUp(verdict.error, "failed");
      this.#options.log.error({ agent: record.id, error: verdict.error }, "agent given up");
      return;
    }
    record.trigger("crash");
    await record.save();
    await this.#wait(verdict.waitMs);
    if (!this.#ending.aborted) await this.giveThread();
  }

  async #wait(ms: number): Promise<void> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    const signal = AbortSignal.any([this.#ending, waiting.signal]);
    await delay(ms, undefined, { signal }).catch(() => undefined);
    this.#waiting = undefined;
  }

  async #giveUp(error: ErrorData, reason: "failed" | "unstartable"): Promise<void> {
    await this.#record.giveUp(error, reason);
    this.#options.onGone(this.#record);
  }

  /** The agent's record cannot be stored: only this agent fails. */
  #failUnstorable(child: Child, thrown: unknown): void {
    if (child !== this.#child) return; // it has failed already
    this.#child = undefined;
    const { stack: _ours, ...error } = toErrorData(thrown, "RECORD_INVALID");
    child.terminate(error);
    this.#record.fallBack();
  }

  #typeSettings(): AgentTypeSettings {
    return settingsOf(this.#options.typeSettings(), this.#record.row.agent_type);
  }
}

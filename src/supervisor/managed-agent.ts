/**
 * A managed agent: one agent under the supervisor's care, through all its threads. It starts them,
 * stores what they report, starts them again when they fail, and ends them when it is told to.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Report, StepReport } from "../actor/protocol.ts";
import { type ExitReason, type Guidance, isAlive } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { fromErrorData } from "../model/error-kinds.ts";
import type { StepRow } from "../model/step.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { Child, ChildEnd } from "./child.ts";
import { exitError, notRunning, pausedByFailures } from "./failures.ts";
import { ModelFailures } from "./model-failures.ts";
import { RestartPolicy } from "./restart-policy.ts";
import type { SpawnChild } from "./spawn.ts";
import { toStepRow } from "./step-row.ts";
import { NOTHING_TO_STOP, type StopOptions, type StopReceipt, stopChild } from "./stop-ladder.ts";
import { actorSpec, settingsOf, type TypeSettings } from "./type-settings.ts";

export interface ManagedAgentOptions {
  readonly log: Logger;
  readonly spawn: SpawnChild;
  /** The settings that a start uses: read anew for each. */
  readonly typeSettings: () => TypeSettings;
  /** Called for each failure after which it is started again. */
  readonly onRestart: () => void;
  /** Called when the agent has no thread and will get none: it is `stopped` or in `error`. */
  readonly onGone: () => void;
}

export class ManagedAgent {
  readonly record: AgentRecord;
  readonly #options: ManagedAgentOptions;
  #child: Child | undefined;
  readonly #policy: RestartPolicy;
  readonly #modelFailures = new ModelFailures();
  /** Fires when somebody ends the agent: no further start may begin. */
  readonly #ending = new AbortController();

  constructor(record: AgentRecord, options: ManagedAgentOptions) {
    this.record = record;
    this.#options = options;
    this.#policy = new RestartPolicy(record.id);
  }

  get child(): Child | undefined {
    return this.#child;
  }

  /**
   * Starts the first thread of this care; resolves once its setup has ended and the row is stored.
   * @throws {TroupeError} why it did not start; the row then says `error`.
   */
  async startFirst(): Promise<void> {
    const end = await this.#start();
    if (end === undefined) return;
    await this.#giveUp(end.error ?? exitError(this.record.id, end));
    throw fromErrorData(end.error ?? exitError(this.record.id, end));
  }

  /** Starts the agent again as the last process left it; failures are met with restarts. */
  async rehydrate(): Promise<void> {
    const end = await this.#start();
    if (end !== undefined) await this.#meetFailure(end);
  }

  async pause(actionId: string): Promise<void> {
    this.#mustBe("pause", "paused");
    this.record.change({ paused: true });
    this.record.apply(actionId);
    this.#child?.wish("pause");
    await this.record.save();
  }

  async resume(actionId: string): Promise<void> {
    this.#mustBe("resume", "resumed");
    this.record.change({ paused: false });
    this.#modelFailures.reset();
    this.record.apply(actionId);
    this.#child?.wish("run");
    const isToGetUp = this.record.getUp();
    await this.record.save();
    // Only once this is stored: an agent that kills the process must not come back by its resume.
    if (!isToGetUp || this.#ending.signal.aborted) return;
    this.#inBackground(this.rehydrate(), "an agent was not resumed");
  }

  /**
   * Delivers at once; resolves once it is stored. The row holds the guidance until a step has used it.
   * @throws {TroupeError} at once, where the agent cannot take it: `AGENT_NOT_RUNNING`,
   * `GUIDANCE_LIMIT`.
   */
  interrupt(guidance: Guidance, mode: "next" | "now"): Promise<void> {
    if (this.#ending.signal.aborted || !isAlive(this.record.row.status)) {
      throw this.#refusal("interrupted");
    }
    this.record.addGuidance(guidance);
    this.record.apply(guidance.action_id);
    this.#child?.interrupt(guidance, mode);
    return this.record.save().then(() => this.record.announceGuidance(guidance));
  }

  /** Ends the agent for good; resolves with how, once its row says `stopped`. */
  async destroy(actionId: string, stop: StopOptions, note?: string): Promise<StopReceipt> {
    this.#ending.abort();
    this.record.occur("stop");
    this.record.apply(actionId);
    const stored = this.record.save();
    const receipt = await this.#stopThread(stop);
    await stored;
    const { rung, took_ms } = receipt;
    const exit = { reason: "destroyed", rung, took_ms } as const;
    await this.#end(note === undefined ? exit : { ...exit, note });
    this.#options.log.info({ agent: this.record.id, ...receipt }, "agent stopped");
    return receipt;
  }

  /** Ends the thread because the process ends; the row says what the next start has to do. */
  async suspend(stop: StopOptions): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    const { rung, took_ms } = await this.#stopThread(stop);
    this.record.occur("suspend");
    this.record.change({ exit_reason: { reason: "shutdown", rung, took_ms } });
    await this.record.save();
  }

  async #stopThread(stop: StopOptions): Promise<StopReceipt> {
    const child = this.#child;
    if (child === undefined) return NOTHING_TO_STOP;
    const receipt = await stopChild(child, stop);
    if (receipt.rung === "zombie") this.#awaitZombie(child);
    return receipt;
  }

  /** A thread in one long call into C++ ends with that call; nothing waits for it. */
  #awaitZombie(child: Child): void {
    const log = this.#options.log.child({ agent: this.record.id });
    log.warn("a thread does not end yet; it can harm nobody any more");
    void child.ended.then(() => log.info("the thread that did not end has ended"));
  }

  /** One start, from the row's `starting` to the end of setup. Resolves with the end if it failed. */
  async #start(): Promise<ChildEnd | undefined> {
    const { record } = this;
    record.occur("start");
    record.change({
      generation: record.row.generation + 1,
      started_at: Date.now(),
      ended_at: null,
      exit_reason: null,
    });
    const stored = record.save();
    const child = await this.#spawn();
    await stored;
    if (child === undefined) return undefined;
    const end = await child.started;
    if (end === undefined) this.#watch(child);
    else this.#child = undefined;
    return this.#ending.signal.aborted ? undefined : end;
  }

  #spawn(): Promise<Child | undefined> {
    return this.#options.spawn({
      spec: () => actorSpec(this.record.row, this.#options.typeSettings()),
      onWait: (refusal) => this.#inBackground(this.record.waitForRoom(refusal), "not stored"),
      onMade: (child) => {
        this.#child = child;
        if (this.record.findRoom()) this.#saveSoon();
        if (this.record.row.paused) child.wish("pause");
      },
      onReport: (report, child) => this.#onReport(child, report),
      signal: this.#ending.signal,
    });
  }

  /** Whoever ends the agent takes over from here. */
  #watch(child: Child): void {
    const met = child.ended.then(async (end) => {
      this.#child = undefined;
      if (this.#ending.signal.aborted) return;
      await (end.reason === "finished" ? this.#meetFinish(end) : this.#meetFailure(end));
    });
    this.#inBackground(met, "an agent's end was not met");
  }

  /** A `permanent` agent that says it is done is started again, as OTP does. */
  async #meetFinish(end: ChildEnd): Promise<void> {
    if (this.#typeSettings().restart === "permanent") return await this.#meetFailure(end);
    await this.#end({ reason: "finished", rung: "cooperative", took_ms: 0 });
  }

  async #meetFailure(end: ChildEnd): Promise<void> {
    const { record } = this;
    const error = end.error ?? exitError(record.id, end);
    this.#options.log.warn({ agent: record.id, error }, "agent failed");
    const verdict = this.#policy.judge(error, this.#typeSettings(), Date.now(), Math.random());
    if (verdict.kind === "give_up") return await this.#giveUp(verdict.error);
    this.#options.onRestart();
    record.occur("crash");
    record.change({ last_error: { ...error, at: Date.now() }, restarts: record.row.restarts + 1 });
    await record.save();
    const { signal } = this.#ending;
    await delay(verdict.waitMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.rehydrate();
  }

  async #giveUp(error: ErrorData): Promise<void> {
    const { record } = this;
    record.occur("give_up");
    record.change({
      last_error: { ...error, at: Date.now() },
      ended_at: Date.now(),
      exit_reason: { reason: "failed", rung: "none", took_ms: 0, note: error.message },
    });
    await record.save();
    this.#options.log.error({ agent: record.id, error }, "agent given up");
    this.#options.onGone();
  }

  async #end(exit: ExitReason): Promise<void> {
    const { record } = this;
    record.occur("end");
    record.change({ paused: false, pending_guidance: [], ended_at: Date.now(), exit_reason: exit });
    await record.save();
    this.#options.onGone();
  }

  #onReport(child: Child, report: Report): void {
    if (child !== this.#child) return; // of an older generation
    switch (report.kind) {
      case "ready":
        if (!this.record.occur("ready")) return;
        if (this.record.row.paused) this.record.occur("pause");
        this.#saveSoon();
        return;
      case "settled":
        if (child.wishSerial === report.wishSerial && this.record.occur("settle")) this.#saveSoon();
        return;
      case "step":
        this.#onStep(child, report);
        return;
      case "llm":
      case "log":
      case "ended":
      case "failed":
        return; // the child has seen to these itself
    }
  }

  #onStep(child: Child, report: StepReport): void {
    const { record } = this;
    const step = toStepRow(report, record.row);
    const context: unknown =
      report.contextJson === null ? undefined : JSON.parse(report.contextJson);
    const { currentSubject: subject, guidanceUsed } = report;
    record.addStep(step, { subject, context, guidanceUsed });
    if (this.#modelFailures.add(step)) this.#pauseByFailures(child, step);
    this.#saveSoon(step, () => child.stored(step.iteration));
  }

  /** The agent waits for a resume, so that no further calls are burnt. */
  #pauseByFailures(child: Child, { error, iteration }: StepRow): void {
    const { record } = this;
    if (error === null || record.row.paused || !record.occur("pause")) return;
    const told = pausedByFailures(record.id, this.#modelFailures.inARow, { error, iteration });
    record.change({ paused: true, last_error: { ...told, at: Date.now() } });
    child.wish("pause");
    this.#options.log.warn({ agent: record.id, error: told }, "agent paused itself");
  }

  #saveSoon(step?: StepRow, onSaved?: () => void): void {
    this.#inBackground(this.record.save(step).then(onSaved), "an agent's row was not stored");
  }

  /** Nobody waits for this work; that it failed is told. */
  #inBackground(work: Promise<void>, failure: string): void {
    work.catch((error: unknown) => {
      this.#options.log.error({ err: error, agent: this.record.id }, failure);
    });
  }

  #typeSettings(): AgentTypeSettings {
    return settingsOf(this.#options.typeSettings(), this.record.row.agent_type);
  }

  #mustBe(occurrence: "pause" | "resume", participle: string): void {
    if (this.#ending.signal.aborted || !this.record.occur(occurrence)) {
      throw this.#refusal(participle);
    }
  }

  #refusal(participle: string) {
    return notRunning(this.record.id, this.record.row.status, participle);
  }
}

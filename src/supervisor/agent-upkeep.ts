/**
 * The upkeep of one agent: gives it a thread, waits for the thread's end, and decides what follows:
 * another start, the end, or an error. Nothing is started once `ending` has fired.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { ExitReason } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { type TroupeError, toErrorData } from "../model/errors.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import type { AgentRecord } from "./agent-record.ts";
import { type StartEnd, startThread } from "./agent-start.ts";
import { actorSpec, settingsOf, type TypePolicies } from "./catalog/type-policies.ts";
import { exitError, lateGuidance } from "./failures.ts";
import { ReportDesk } from "./report-desk.ts";
import { RestartPolicy, type RestartVerdict } from "./restart-policy.ts";
import type { Child, ChildEnd } from "./thread/child.ts";
import type { SpawnChild } from "./thread/spawner.ts";
import type { Ended } from "./thread/stop-ladder.ts";

export interface UpkeepOptions {
  readonly log: Logger;
  readonly spawn: SpawnChild;
  /** Read for each start. */
  readonly typeSettings: () => TypePolicies;
  /** Milliseconds for `onStop` after the last step. */
  readonly graceMs: () => number;
  /** Awaited before a thread is made in the background: the store has room for its row. */
  readonly ready: () => Promise<void>;
  /** Called for each failure after which the agent is started again. */
  readonly onRestart: () => void;
  /** Called with the error of a failed start that is not retried. */
  readonly onStartFailed: (error: ErrorData) => void;
  /** Called when the agent has no thread and will get none: it is `stopped` or in `error`. */
  readonly onGone: () => void;
}

export class AgentUpkeep {
  readonly #record: AgentRecord;
  readonly #options: UpkeepOptions;
  /** Fires when the agent is ended from outside: the code that ends it does the rest. */
  readonly #ending: AbortSignal;
  readonly #policy: RestartPolicy;
  readonly #reports: ReportDesk;
  #child: Child | undefined;

  constructor(record: AgentRecord, ending: AbortSignal, options: UpkeepOptions) {
    this.#record = record;
    this.#ending = ending;
    this.#options = options;
    this.#policy = new RestartPolicy(record.id);
    const { log, graceMs } = options;
    const onUnstorable = (child: Child, thrown: unknown) => this.#failUnstorable(child, thrown);
    this.#reports = new ReportDesk(record, { log, graceMs, onUnstorable });
  }

  get child(): Child | undefined {
    return this.#child;
  }

  /** True if its last step was `done` and its restart type does not start it again. */
  get isOver(): boolean {
    return this.#hasFinished && !this.#isPermanent;
  }

  forgetModelFailures(): void {
    this.#reports.forgetModelFailures();
  }

  /**
   * The first start, which a caller awaits: its generation is set and being stored. Like OTP's
   * `start_child` it is not retried.
   */
  async startFirst(): Promise<StartEnd> {
    return await this.#start(undefined);
  }

  /** Gives the agent a thread; failures lead to restarts. */
  async bringUp(): Promise<void> {
    const end = await this.#start(this.#options.ready);
    if (end.kind !== "failed") return;
    if (end.isLasting) await this.giveUpStart(end.error, "unstartable");
    else await this.#meetFailure(end.error);
  }

  /** Puts the agent into `error` without a retry. */
  async giveUpStart(error: ErrorData, reason: "failed" | "unstartable"): Promise<void> {
    await this.#giveUp(error, reason);
    this.#options.onStartFailed(error);
  }

  /** Resolves once the agent has ended; `stored`, once its row has. */
  async end(exit: ExitReason): Promise<Pick<Ended, "stored">> {
    const record = this.#record;
    record.trigger("end");
    record.change({ paused: false, ended_at: Date.now(), exit_reason: exit });
    return { stored: record.save().then(() => this.#options.onGone()) };
  }

  /** @param ready left out if the generation is set already */
  async #start(ready: (() => Promise<void>) | undefined): Promise<StartEnd> {
    const record = this.#record;
    const isNew = ready !== undefined;
    const end = await startThread(record.id, this.#options.spawn, {
      agentType: record.row.agent_type,
      ready,
      spec: () => {
        if (isNew) record.beginGeneration();
        return actorSpec(record.row, this.#options.typeSettings());
      },
      onWait: (refusal) => void this.#waitForRoom(refusal),
      onMade: (child) => {
        this.#child = child;
        const hasWaited = record.findRoom();
        if (record.row.paused) child.setDesired("pause");
        if (isNew || hasWaited) this.#reports.saveSoon(child);
      },
      reports: {
        onReady: (child) => this.#deskOf(child)?.takeReady(child),
        onSettled: (child, report) => this.#deskOf(child)?.takeSettled(child, report),
        onStep: (child, report) => this.#deskOf(child)?.takeStep(child, report),
      },
      signal: this.#ending,
    });
    if (end.kind === "ready") this.#watch(end.child);
    else this.#child = undefined;
    return end;
  }

  /** Undefined for a thread of an older generation. */
  #deskOf(child: Child): ReportDesk | undefined {
    return child === this.#child ? this.#reports : undefined;
  }

  /** Thousands may wait for room at the same time: their rows are stored as the store has room. */
  async #waitForRoom(refusal: TroupeError): Promise<void> {
    const record = this.#record;
    record.waitForRoom(refusal);
    try {
      await this.#options.ready();
      await record.save();
    } catch (error) {
      this.#options.log.debug(
        { err: error, agent: record.id },
        "the status of a waiting agent was not stored",
      );
    }
  }

  /** Waits for the thread's end in the background. */
  #watch(child: Child): void {
    const met = child.ended.then((end) => this.#meetEnd(end));
    met.catch((error: unknown) => {
      this.#options.log.error(
        { err: error, agent: this.#record.id },
        "an agent's end was not handled",
      );
    });
  }

  async #meetEnd(end: ChildEnd): Promise<void> {
    this.#child = undefined;
    if (this.#ending.aborted) return;
    if (this.#hasFinished) await this.#meetFinish(end);
    else await this.#meetFailure(end.error ?? exitError(this.#record.id, end));
  }

  get #hasFinished(): boolean {
    return this.#record.row.exit_reason?.reason === "finished";
  }

  get #isPermanent(): boolean {
    return this.#typeSettings().restart === "permanent";
  }

  /** A `permanent` agent that is done is started again, as in OTP. That is not a failure. */
  async #meetFinish({ reason }: ChildEnd): Promise<void> {
    const { row, id } = this.#record;
    const { log } = this.#options;
    if (this.#isPermanent) {
      log.info({ agent: id }, "agent finished; its restart type is permanent");
      return await this.#carryOut(this.#decide("finished"));
    }
    const unused = row.pending_guidance.length;
    const rung = reason === "finished" ? "cooperative" : "terminated";
    const exit = { reason: "finished", rung, took_ms: 0 } as const;
    const note = unused === 0 ? undefined : lateGuidance(unused);
    const { stored } = await this.end(note === undefined ? exit : { ...exit, note });
    await stored;
    log.info({ agent: id, iteration: row.iteration }, "agent finished");
  }

  async #meetFailure(error: ErrorData): Promise<void> {
    const record = this.#record;
    this.#options.log.warn({ agent: record.id, error }, "agent failed");
    const verdict = this.#decide(error);
    if (verdict.kind === "restart") {
      this.#options.onRestart();
      const last_error = { ...error, at: Date.now() };
      record.change({ last_error, restarts: record.row.restarts + 1 });
    }
    await this.#carryOut(verdict);
  }

  #decide(cause: ErrorData | "finished"): RestartVerdict {
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
    const signal = this.#ending;
    await delay(verdict.waitMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.bringUp();
  }

  async #giveUp(error: ErrorData, reason: "failed" | "unstartable"): Promise<void> {
    const record = this.#record;
    record.trigger("give_up");
    record.change({
      last_error: { ...error, at: Date.now() },
      ended_at: Date.now(),
      exit_reason: { reason, rung: "none", took_ms: 0, note: error.message },
    });
    await record.save();
    this.#options.onGone();
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

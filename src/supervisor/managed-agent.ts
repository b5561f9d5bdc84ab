/**
 * A managed agent: one agent under the supervisor's care, through all its threads. It is started, steered
 * and ended here; its upkeep decides what follows a thread's end.
 */

import { type Guidance, isAlive } from "../model/agent.ts";
import type { TroupeError } from "../model/errors.ts";
import { fromErrorData } from "../model/revive-error.ts";
import type { AgentOptions } from "./agent-options.ts";
import type { AgentRecord } from "./agent-record.ts";
import { AgentRest } from "./agent-rest.ts";
import type { AgentEffects } from "./effects/agent-effects.ts";
import { notRunning, startStopped } from "./failures.ts";
import { type Delivery, deliverGuidance } from "./guidance-delivery.ts";
import { LazyUpkeep } from "./lazy-upkeep.ts";
import type { Child } from "./thread/child.ts";
import {
  type Ended,
  logZombie,
  NOTHING_TO_STOP,
  type StopOptions,
  type StopReceipt,
  stopChild,
} from "./thread/stop-ladder.ts";

export class ManagedAgent {
  readonly record: AgentRecord;
  readonly rest: AgentRest;
  readonly effects: AgentEffects;
  readonly #options: AgentOptions;
  readonly #upkeep: LazyUpkeep;
  /** The awaited first start, while it is under way. */
  #first: PromiseWithResolvers<void> | undefined;
  /** True if it was destroyed before its setup had ended: the setup may still end within the grace. */
  #isUnstarted = false;
  /** Resolves once its destruction is stored; undefined if none is under way, or it failed. */
  #ended: Promise<void> | undefined;
  /** Guidance that is being stored before its action ends: younger must not end before it. */
  #storing = 0;
  /** The restarts that were requested, one after the other. Never rejects. */
  #restarting: Promise<unknown> = Promise.resolve();

  constructor(record: AgentRecord, effects: AgentEffects, options: AgentOptions) {
    this.record = record;
    this.effects = effects;
    this.#options = options;
    this.#upkeep = new LazyUpkeep(record, this, options);
    this.rest = new AgentRest(record, this.#upkeep, options);
  }

  get child(): Child | undefined {
    return this.#upkeep.child;
  }

  /** The awaited first start; undefined if none is under way. */
  get starting(): Promise<void> | undefined {
    return this.#first?.promise;
  }

  /** True if the next process can repeat guidance: the table has the agent and older guidance. */
  get isRepeatable(): boolean {
    return this.#first === undefined && this.record.stored !== undefined && this.#storing === 0;
  }

  /** Resolves once the agent's destruction is stored; undefined if that is not under way. */
  get ended(): Promise<void> | undefined {
    return this.#ended;
  }

  /**
   * Makes the first start, and remembers the action with it. Resolves once setup has ended and the row
   * is stored, or when the process ends before: the next one starts the agent.
   * @throws {TroupeError} the reason if it did not start; then the row is in `error`.
   * `AGENT_START_STOPPED` if it was destroyed meanwhile; then the row is `stopped`.
   */
  startFirst(actionId: string): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#first = first;
    first.promise.catch(() => undefined); // the caller handles it
    this.record.beginGeneration();
    this.record.apply(actionId);
    this.#runFirst().catch((thrown: unknown) => this.#endFirstStart(thrown));
    return first.promise;
  }

  /** Gives the agent a thread; failures lead to restarts. Never rejects. */
  giveThread(): Promise<void> {
    return this.#upkeep.giveThread();
  }

  /** At a start of the process: the agent rests, or its row has the status for another thread. */
  comeBack(mayRest: boolean): void {
    if (this.#upkeep.isOver || !mayRest || !this.rest.takeAtStart()) this.#suspendRow();
  }

  /** Turns the status at the end of a process into the one for the next start. */
  #suspendRow(): void {
    const { isOver } = this.#upkeep;
    this.record.trigger(isOver ? "end" : "suspend");
    if (isOver) this.record.change({ paused: false, ended_at: Date.now() });
  }

  async pause(actionId: string): Promise<void> {
    this.#mustTrigger("pause", "paused");
    this.child?.setDesired("pause");
    this.record.change({ paused: true });
    this.record.apply(actionId);
    this.rest.pause();
    await this.record.save({ atOnce: true });
  }

  async resume(actionId: string): Promise<void> {
    this.#mustTrigger("resume", "resumed");
    this.child?.setDesired("run");
    this.record.change({ paused: false });
    this.#upkeep.forgetFailedSteps();
    this.record.apply(actionId);
    const wasParked = this.record.unpark();
    this.rest.resume();
    await this.record.save({ atOnce: true });
    // Only once this is stored: if the agent kills the process again, its resume must not be repeated.
    if (wasParked && !this.#upkeep.isEnding) void this.giveThread();
  }

  /**
   * Gives the agent a new thread, which reads its code again, once the running step has ended. Guidance and
   * a destroy reach the old thread meanwhile, a pause the new one. Resolves once its setup has ended, or
   * immediately if the agent has no thread: its next one has the newest code anyway.
   * @throws {TroupeError} synchronously `AGENT_NOT_RUNNING`; later the reason if the setup failed.
   */
  restart(actionId: string, stop: StopOptions): Promise<void> {
    if (this.#upkeep.isEnding || !isAlive(this.record.row.status)) {
      throw this.#refusal("restarted");
    }
    this.record.apply(actionId);
    const stored = this.record.save({ atOnce: true });
    const restarted = this.#restarting.then(() => this.#restart(stop));
    this.#restarting = restarted.catch(() => undefined);
    return Promise.all([stored, restarted]).then(() => undefined);
  }

  async #restart(stop: StopOptions): Promise<void> {
    await this.#first?.promise.catch(() => undefined); // the code may have been read long ago
    if (this.#upkeep.isEnding || this.record.isParked) return;
    if (!isAlive(this.record.row.status)) throw this.#refusal("restarted");
    const error = await this.#upkeep.get().restart((child) => this.#climb(child, stop));
    if (error !== undefined) throw fromErrorData(error);
  }

  /**
   * Delivers the guidance immediately, because storing it first would delay it by a commit; resolves once it
   * is stored and the thread has not refused it. The row holds it until a step has used it, even if the
   * agent ends before. An error thrown synchronously has changed nothing.
   * @throws {TroupeError} synchronously, if the agent cannot accept it: `AGENT_NOT_RUNNING`,
   * `GUIDANCE_LIMIT`, `ACTION_MALFORMED` if it cannot be sent to a thread. Later the thread's own
   * refusal, such as `GUIDANCE_LIMIT`; the guidance has then been taken out of the row again.
   */
  interrupt(guidance: Guidance, mode: "next" | "now"): Promise<void> {
    const { accepted, merged } = this.#deliver(guidance, mode);
    this.#storing += 1;
    void merged.then(() => {
      this.#storing -= 1;
    });
    return accepted.then(() => this.record.save({ atOnce: true }));
  }

  /**
   * {@link interrupt} for an action that is kept until `merged` resolves, which never rejects: the row
   * follows within a second. `accepted` rejects with the thread's own refusal. `record.keepGuidance` must
   * be called once the action's end is stored.
   */
  interruptLazily(guidance: Guidance, mode: "next" | "now"): Delivery {
    const delivery = this.#deliver(guidance, mode);
    this.record.saveLazily();
    return delivery;
  }

  /** Adds guidance that was accepted by an earlier process, whatever has become of the agent since. */
  async restoreGuidance(guidance: Guidance): Promise<void> {
    void this.child?.interrupt(guidance, "next"); // what the thread refuses waits in the row
    void this.record.addGuidance(guidance);
    this.rest.review();
    await this.record.save({ atOnce: true });
  }

  #deliver(guidance: Guidance, mode: "next" | "now"): Delivery {
    if (this.#upkeep.isEnding || !isAlive(this.record.row.status)) {
      throw this.#refusal("interrupted");
    }
    const delivery = deliverGuidance(this.record, this.child, guidance, mode);
    this.rest.review();
    return delivery;
  }

  /** Ends the agent; resolves with how, once its thread has ended. */
  async destroy(actionId: string, stop: StopOptions, note?: string): Promise<Ended> {
    const { record } = this;
    this.#isUnstarted ||= this.child?.isReady !== true;
    this.#upkeep.beginEnd();
    record.trigger("stop");
    record.save().catch((err: unknown) => {
      const about = { err, agent: record.id }; // its end is stored in any case
      this.#options.log.warn(about, "the status of a stopping agent was not stored");
    });
    const receipt = await this.#stopThread(stop);
    const { rung, took_ms } = receipt;
    const exit = { reason: "destroyed", rung, took_ms } as const;
    record.apply(actionId);
    const ended = this.#upkeep.get().end(note === undefined ? exit : { ...exit, note });
    const stored = ended.then(
      () => {
        this.#endFirstStart(this.#isUnstarted ? startStopped(record.id) : undefined);
        this.#options.log.info({ agent: record.id, ...receipt }, "agent stopped");
      },
      (thrown: unknown) => {
        this.#ended = undefined;
        record.forgetApplied(actionId); // the next attempt ends it
        throw thrown;
      },
    );
    this.#ended = stored;
    return { receipt, stored };
  }

  /** Ends the thread because the process ends; the row has the status for the next start. */
  async suspend(stop: StopOptions): Promise<void> {
    if (this.#upkeep.isEnding) return;
    this.#upkeep.beginEnd();
    try {
      await this.#suspend(stop);
      this.#endFirstStart();
    } catch (thrown) {
      this.#endFirstStart(thrown);
      throw thrown;
    }
  }

  async #suspend(stop: StopOptions): Promise<void> {
    const { record } = this;
    if (this.rest.isResting) return record.isStored ? undefined : await record.save();
    const { rung, took_ms } = await this.#stopThread(stop);
    const reason = this.#upkeep.isOver ? "finished" : "shutdown";
    this.#suspendRow();
    // Without a thread the stored row stays: there may be more such agents than a commit takes.
    if (rung === "none" && record.isStored) return;
    record.change({ exit_reason: { reason, rung, took_ms } });
    await record.save();
  }

  async #runFirst(): Promise<void> {
    const stored = this.record.save();
    const started = this.#upkeep.get().startFirst();
    try {
      await stored;
    } catch (thrown) {
      if (this.#upkeep.isEnding) return; // destroy() ends the first start
      // The start could not be stored, so there was none.
      this.#upkeep.beginEnd();
      await this.#stopThread({ graceMs: 0, abortAfterMs: 0 });
      this.record.forget();
      this.#options.onGone(this.record);
      throw thrown;
    }
    const end = await started;
    if (end.kind === "called_off" || this.#isUnstarted) return; // destroy() ends the first start
    if (end.kind === "ready") return this.#endFirstStart();
    await this.#upkeep.get().giveUpStart(end.error, "failed");
    throw fromErrorData(end.error);
  }

  #endFirstStart(thrown?: unknown): void {
    if (thrown === undefined) this.#first?.resolve();
    else this.#first?.reject(thrown);
    this.#first = undefined;
  }

  async #stopThread(stop: StopOptions): Promise<StopReceipt> {
    return this.child === undefined ? NOTHING_TO_STOP : await this.#climb(this.child, stop);
  }

  async #climb(child: Child, stop: StopOptions): Promise<StopReceipt> {
    const receipt = await stopChild(child, stop);
    if (receipt.rung === "zombie") logZombie(child, this.record.id, this.#options.log);
    return receipt;
  }

  #mustTrigger(trigger: "pause" | "resume", participle: string): void {
    if (this.#upkeep.isEnding || !this.record.trigger(trigger)) {
      throw this.#refusal(participle);
    }
  }

  #refusal(participle: string): TroupeError {
    const { agent_id, status } = this.record.row;
    return notRunning(agent_id, status, participle);
  }
}

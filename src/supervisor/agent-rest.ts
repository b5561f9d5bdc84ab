/**
 * The rest of one agent: it lives, and has no thread because it has nothing to do. Its status is the one
 * from before. The thread is asked to end at a step boundary (`rest` in control-block.ts), and a step that
 * became due meanwhile comes first; a paused one is at such a boundary and is stopped.
 *
 * An agent rests once its thread has ended and not before, so it never has two threads; guidance that
 * arrives in between is in the record and, like a time that has come, gives the agent a thread of a new
 * generation. Rejected: a status for it, because nothing that can be done with the agent depends on it; a
 * stop in place of `rest`, which would cut the step short that has just started; threads that are reused
 * by other agents, because their modules and globals would be, too.
 */

import { type AgentStatus, statusAtRest } from "../model/agent.ts";
import type { AgentOptions } from "./agent-options.ts";
import type { AgentRecord } from "./agent-record.ts";
import { intervalMsOf, settingsOf } from "./catalog/settings-of-types.ts";
import { nextStepAt } from "./due-order.ts";
import type { Child, ChildEnd } from "./thread/child.ts";

/** The upkeep of the agent. */
export interface RestUpkeep {
  readonly child: Child | undefined;
  /** True once the agent is ended from outside: it is not woken. */
  readonly isEnding: boolean;
  giveThread(): Promise<void>;
}

type RestOptions = Pick<AgentOptions, "residency" | "typeSettings" | "graceMs">;

/** A request to end that has not been followed yet. */
interface Request {
  readonly child: Child;
  /** Of the desired state: another one replaces the request. */
  readonly version: number;
  /** On the clock of `performance.now()`. */
  readonly at: number;
  /** True once the thread was terminated, because its onStop took too long. */
  isTerminated: boolean;
}

/** What the thread was at when it was last checked, and since when. */
interface Seen {
  readonly child: Child;
  readonly iteration: number;
  readonly version: number;
  readonly since: number;
}

export class AgentRest {
  readonly #record: AgentRecord;
  readonly #upkeep: RestUpkeep;
  readonly #options: RestOptions;
  #isResting = false;
  #seen: Seen | undefined;
  #request: Request | undefined;
  /** Threads that were ended in the middle of a step, which is run again after the rest. */
  #held: WeakSet<Child> | undefined;
  /** Threads that were asked: one may follow a request that was withdrawn in that moment. */
  #asked: WeakSet<Child> | undefined;

  constructor(record: AgentRecord, upkeep: RestUpkeep, options: RestOptions) {
    this.#record = record;
    this.#upkeep = upkeep;
    this.#options = options;
  }

  /** True if the agent lives without a thread, because it has nothing to do. */
  get isResting(): boolean {
    return this.#isResting;
  }

  get status(): AgentStatus {
    return this.#record.row.status;
  }

  /** When the agent's next step is due, in milliseconds since the epoch; infinite while it is paused. */
  get dueAt(): number {
    return nextStepAt(this.#record.row, this.intervalMs, Date.now());
  }

  /** Milliseconds from step to step, as a thread that starts now would have it. */
  get intervalMs(): number {
    return intervalMsOf(this.#record.row, this.#options.typeSettings());
  }

  /**
   * Asks the thread to end if it has been idle for `idleMs`, and its next step is not due within as long.
   * Must be called a few times in that time. @param now on the clock of `performance.now()`
   */
  check(now: number, idleMs: number): void {
    const { child } = this.#upkeep;
    if (child?.isReady !== true || child.hasEnded || this.#followUp(child, now)) return;
    const { iteration } = child.position;
    const version = child.desiredVersion;
    const seen = this.#seen;
    const isSame =
      seen?.child === child && seen.iteration === iteration && seen.version === version;
    if (!isSame || !this.#isIdle(child)) {
      this.#seen = { child, iteration, version, since: now };
      return;
    }
    if (idleMs > 0 && now - seen.since >= idleMs && this.#mayRest(idleMs)) this.#ask(child, now);
  }

  /** True while the thread has a request to end. */
  get isAsked(): boolean {
    return this.#request !== undefined;
  }

  /**
   * Since when the thread has been idle, as last checked, if it could end now for another agent's; on the
   * clock of `performance.now()`.
   */
  get idleSince(): number | undefined {
    const { child } = this.#upkeep;
    if (child === undefined || this.#seen?.child !== child || this.isAsked) return undefined;
    return this.#isIdle(child) && this.#mayRest(0) ? this.#seen.since : undefined;
  }

  /** Asks the thread to end for another agent's, however short it has been idle. */
  giveWay(now: number): void {
    const { child } = this.#upkeep;
    if (child?.isReady === true && !child.hasEnded) this.#ask(child, now);
  }

  #ask(child: Child, now: number): void {
    child.setDesired(this.#record.row.paused ? "stop" : "rest");
    this.#asked ??= new WeakSet();
    this.#asked.add(child);
    this.#request = { child, version: child.desiredVersion, at: now, isTerminated: false };
  }

  /** Ends the thread in the middle of its step: the agent rests until it is resumed. */
  hold(child: Child): void {
    this.#held ??= new WeakSet();
    this.#held.add(child);
    child.terminate();
  }

  /** True if the thread has ended because the agent rests. */
  isFor(child: Child, end: ChildEnd): boolean {
    return this.#held?.has(child) === true || this.#hasFollowed(child, end);
  }

  /** True if the thread has ended because the agent rests from here on. */
  take(child: Child, end: ChildEnd): boolean {
    if (!this.isFor(child, end)) return false;
    this.#beginRest();
    this.#request = undefined;
    this.#seen = undefined;
    // A pause that came too late for the thread; a later save has it if this one fails.
    if (this.#record.row.status === "pausing" && this.#record.trigger("settle")) {
      this.#record.save().catch(() => undefined);
    }
    this.review();
    return true;
  }

  #hasFollowed(child: Child, { reason, error }: ChildEnd): boolean {
    if (this.#asked?.has(child) !== true || error !== undefined) return false;
    const request = this.#request?.child === child ? this.#request : undefined;
    const isStopped = reason === "stopped" && request !== undefined; // it was paused
    return reason === "rested" || isStopped || request?.isTerminated === true;
  }

  /**
   * At a start of the process: leaves the agent without a thread, with the status that it had at work.
   * False if it needs a thread, or has ended.
   */
  takeAtStart(): boolean {
    const { idleMs } = this.#options.residency;
    const { status, paused, exit_reason } = this.#record.row;
    const wasAtWork =
      status === "running" || (status === "restarting" && exit_reason?.reason === "shutdown");
    const isPaused = statusAtRest(status, paused) === "paused";
    if (idleMs === 0 || !(isPaused || wasAtWork) || !this.#mayRest(idleMs)) return false;
    if (isPaused && status !== "paused") this.#record.change({ status: "paused" });
    else if (status === "restarting") this.#record.change({ status: "running", exit_reason: null });
    this.#beginRest();
    this.review();
    return true;
  }

  #beginRest(): void {
    this.#isResting = true;
    this.#record.pack();
  }

  /** What the agent waits for has changed: it gets a thread if it rests and its next step is due. */
  review(): void {
    if (this.#isResting && !this.#upkeep.isEnding) this.#options.residency.schedule(this);
  }

  /** The row says that the agent is to pause; without a thread it has. */
  pause(): void {
    if (this.#isResting) this.#record.trigger("settle");
    this.review();
  }

  /** The row is `running` again, which it says of an agent without a ready thread only while that rests. */
  resume(): void {
    const { child } = this.#upkeep;
    if (!this.#isResting && this.#record.row.status === "running" && child?.isReady !== true) {
      this.#record.change({ status: child === undefined ? "restarting" : "starting" });
    }
    this.review();
  }

  /** Gives the agent a thread. */
  end(): void {
    this.#isResting = false;
    if (!this.#upkeep.isEnding) void this.#upkeep.giveThread();
  }

  /** True while the thread has a request. One that takes a step in place of it is asked later again. */
  #followUp(child: Child, now: number): boolean {
    const request = this.#request;
    if (request?.child !== child || request.version !== child.desiredVersion) {
      this.#request = undefined;
      return false;
    }
    const { phase } = child.position;
    if (phase === "step") {
      child.setDesired("run"); // of no effect after a stop
      this.#request = undefined;
      return false;
    }
    const isEnding = phase === "ending" || phase === "ended";
    if (isEnding && now - request.at > this.#options.graceMs(this.#record.row)) {
      request.isTerminated = true;
      child.terminate();
    }
    return true;
  }

  /** At a step boundary, with nothing that waits for it. */
  #isIdle(child: Child): boolean {
    const { status, paused, pending_guidance } = this.#record.row;
    const { phase } = child.position;
    if (paused) return status === "paused" && phase === "paused";
    return status === "running" && phase === "sleeping" && pending_guidance.length === 0;
  }

  #mayRest(idleMs: number): boolean {
    const { resident } = settingsOf(this.#options.typeSettings(), this.#record.row.agent_type);
    return resident !== "always" && this.dueAt - Date.now() > idleMs;
  }
}

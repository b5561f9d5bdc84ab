/**
 * Residency: which of the living agents have a thread. One that has nothing to do for a while gives its
 * thread back and rests in memory; it gets a thread again once its next step is due. Checks the agents a
 * few times a second at most, so that no step and no rest needs its own timer; nothing is done at a check
 * for an agent that rests until somebody steers it.
 *
 * While starts wait, for `TROUPE_HOT_MAX` or for room on the machine, the longest idle agents are asked
 * to rest, whatever their idle time: an agent between two steps has taken the one for which it had its
 * turn.
 */

import type { AgentStatus } from "../model/agent.ts";

/** Most milliseconds between two checks. */
const CHECK_MS = 1_000;
/** Milliseconds between two checks while agents wait for a thread. */
const CROWDED_CHECK_MS = 100;
/** Checks within the idle time, if that is shorter. */
const CHECKS_EACH = 4;
const CHECK_MS_MIN = 10;
/** Milliseconds between two checks by which the wall clock may fall behind: its rate is adjusted, too. */
const SET_BACK_MS = 500;

/** The part of an agent's rest that is used here. */
interface Rest {
  readonly status: AgentStatus;
  /** When the next step is due, in milliseconds since the epoch. */
  readonly dueAt: number;
  /** Asks an idle thread to end; 0 = not for its idle time. @param now of `performance.now()` */
  check(now: number, idleMs: number): void;
  readonly isAsked: boolean;
  /** Since when the thread has been idle, if it could end now. */
  readonly idleSince: number | undefined;
  giveWay(now: number): void;
  /** Gives the agent a thread. */
  end(): void;
}

/** What the rest of an agent uses of residency. */
export interface RestScheduler {
  /** Milliseconds without work after which a thread is given back; 0 = never. */
  readonly idleMs: number;
  /** The agent rests, or what it waits for has changed: its rest ends once its next step is due. */
  schedule(rest: Rest): void;
}

export interface ResidencyOptions {
  /** Milliseconds without work after which a thread is given back; 0 = never. Read for each check. */
  readonly idleMs: () => number;
  /** The number of agents that wait for the thread of another one. */
  readonly countWaiting?: (() => number) | undefined;
}

export class Residency<Agent extends { readonly rest: Rest }> implements RestScheduler, Disposable {
  readonly #options: ResidencyOptions;
  readonly #awake = new Map<Rest, Agent>();
  /** With the status that each is counted under. */
  readonly #resting = new Map<Rest, { readonly agent: Agent; readonly status: AgentStatus }>();
  readonly #counts = new Map<AgentStatus, number>();
  /** When the next step of each that rests is due, in milliseconds since the epoch; without those never due. */
  readonly #due = new Map<Rest, number>();
  /** Of those that are due before the next check. */
  readonly #soon = new Map<Rest, NodeJS.Timeout>();
  /** How far the wall clock was ahead of `performance.now()` at the last check. */
  #clockLead = Date.now() - performance.now();
  #check: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ResidencyOptions) {
    this.#options = options;
    this.refresh();
  }

  get resting(): number {
    return this.#resting.size;
  }

  /** How many agents rest, by status. */
  get counts(): ReadonlyMap<AgentStatus, number> {
    return this.#counts;
  }

  /** The agents that do not rest: those with a thread, and those that wait for one or have failed. */
  get awake(): Iterable<Agent> {
    return this.#awake.values();
  }

  get idleMs(): number {
    return this.#options.idleMs();
  }

  /** The idle time has changed. */
  refresh(): void {
    clearTimeout(this.#check);
    this.#check = undefined;
    const { countWaiting } = this.#options;
    const isNeeded = this.idleMs > 0 || this.#resting.size > 0 || countWaiting !== undefined;
    if (this.#isClosed || !isNeeded) return;
    const mostMs = this.#waiting > 0 ? CROWDED_CHECK_MS : CHECK_MS;
    const parts = this.idleMs === 0 ? CHECK_MS : this.idleMs / CHECKS_EACH;
    const ms = Math.max(CHECK_MS_MIN, Math.min(mostMs, parts));
    this.#check = setTimeout(() => this.#checkAll(), ms).unref();
  }

  /** The agent is managed from now on, and does not rest. */
  add(agent: Agent): void {
    this.#awake.set(agent.rest, agent);
  }

  schedule(rest: Rest): void {
    const agent = this.#awake.get(rest) ?? this.#resting.get(rest)?.agent;
    if (agent === undefined) return; // it is no longer managed
    this.drop(rest);
    const { dueAt, status } = rest;
    const waitMs = dueAt - Date.now();
    if (waitMs <= 0 && !this.#isClosed) {
      this.#end(rest, agent);
      return;
    }
    this.#resting.set(rest, { agent, status });
    this.#count(status, 1);
    if (Number.isFinite(dueAt)) this.#due.set(rest, dueAt);
    this.#wakeSoon(rest, waitMs);
    if (this.#check === undefined) this.refresh();
  }

  /** The agent is no longer managed. */
  drop(rest: Rest): void {
    clearTimeout(this.#soon.get(rest));
    this.#soon.delete(rest);
    const resting = this.#resting.get(rest);
    if (resting !== undefined) this.#count(resting.status, -1);
    this.#resting.delete(rest);
    this.#due.delete(rest);
    this.#awake.delete(rest);
  }

  /** No agent is asked to rest any longer, and none is woken. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.refresh();
    for (const timer of this.#soon.values()) clearTimeout(timer);
    this.#soon.clear();
  }

  #count(status: AgentStatus, change: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + change);
  }

  get #waiting(): number {
    return this.#options.countWaiting?.() ?? 0;
  }

  #checkAll(): void {
    const { idleMs } = this;
    const now = performance.now();
    const waiting = this.#waiting;
    if (idleMs > 0 || waiting > 0) {
      for (const rest of this.#awake.keys()) rest.check(now, idleMs);
    }
    if (waiting > 0) this.#makeWay(waiting, now);
    // By the wall clock, which may have been set.
    const wallNow = Date.now();
    if (this.#wasSetBack(wallNow - now))
      for (const rest of [...this.#due.keys()]) this.schedule(rest);
    for (const [rest, dueAt] of this.#due) this.#wakeSoon(rest, dueAt - wallNow);
    this.refresh();
  }

  /** True if the wall clock was set back since the last check: then intervals end earlier on it. */
  #wasSetBack(clockLead: number): boolean {
    const isBehind = clockLead < this.#clockLead - SET_BACK_MS;
    this.#clockLead = clockLead;
    return isBehind;
  }

  /** The longest idle go first: each has taken the step for which it had its turn. */
  #makeWay(waiting: number, now: number): void {
    const rests = [...this.#awake.keys()];
    const asked = rests.filter(({ isAsked }) => isAsked).length;
    const idle = rests.flatMap((rest) => {
      const since = rest.idleSince;
      return since === undefined ? [] : [{ rest, since }];
    });
    idle.sort((one, other) => one.since - other.since);
    for (const { rest } of idle.slice(0, Math.max(0, waiting - asked))) rest.giveWay(now);
  }

  #wakeSoon(rest: Rest, waitMs: number): void {
    if (waitMs > CHECK_MS || this.#isClosed || this.#soon.has(rest)) return;
    const wake = () => this.#wake(rest);
    this.#soon.set(rest, setTimeout(wake, Math.max(0, Math.ceil(waitMs))).unref());
  }

  /**
   * By the time at which it was placed: while the clock is behind the agent's last step, `dueAt` is always an
   * interval away.
   */
  #wake(rest: Rest): void {
    const agent = this.#resting.get(rest)?.agent;
    const waitMs = (this.#due.get(rest) ?? Number.POSITIVE_INFINITY) - Date.now();
    this.#soon.delete(rest);
    if (waitMs > 0) {
      this.#wakeSoon(rest, waitMs); // a timer may be early
      return;
    }
    this.drop(rest);
    if (agent !== undefined) this.#end(rest, agent);
  }

  #end(rest: Rest, agent: Agent): void {
    this.#awake.set(rest, agent);
    rest.end();
  }
}

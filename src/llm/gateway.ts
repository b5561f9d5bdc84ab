/**
 * The main thread's side of the models: receives calls from agents, chooses their models, lets the governor
 * decide when each is made, passes it to the pool with its port, and counts it. Answers do not pass
 * through here.
 */

import type { ErrorCode } from "../model/error-codes.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { ModelView } from "../model/model-view.ts";
import { CallCounts, type LlmCounters } from "./call-counts.ts";
import { type CallEnd, outcomeOf } from "./call-task.ts";
import { Governor, type Ticket } from "./governor/governor.ts";
import type { LlmSettings } from "./model-client.ts";
import { refusedAlone } from "./model-errors.ts";
import {
  describeHold,
  describeState,
  describeWait,
  type ModelOutage,
  type ModelWait,
  waitError,
} from "./model-state.ts";
import { type Models, resolveModels } from "./models.ts";
import { type LlmCall, OpenCall } from "./open-call.ts";
import { PoolKeeper } from "./pool-keeper.ts";
import type { OwnPrompts } from "./prompts/own-prompts.ts";
import { PromptGate } from "./prompts/prompt-gate.ts";
import { openTap } from "./tap.ts";

/** Calls that may wait; a further one fails with `LLM_LIMIT`. */
export const LLM_WAITING_MAX = 10_000;

/**
 * Milliseconds that a call may wait, longer than most outages; then it fails, and its agent's next step
 * waits again. Less than the limit of the agent's thread.
 */
const TURN_MS_MAX = 3_600_000;
/** Milliseconds that a call may still wait once its agent is to pause: a pause must not take an outage. */
const PAUSE_MS_MAX = 10_000;

export interface LlmOptions {
  /** The environment of the pool's threads. No key is needed there. */
  readonly threadEnv?: Readonly<Record<string, string>>;
  /** In place of {@link LLM_WAITING_MAX}. */
  readonly waitingMax?: number;
  /** Calls in flight that the machine has room for; no limit if left out. */
  readonly callsMax?: number;
  /** In place of {@link TURN_MS_MAX}. */
  readonly turnMs?: number;
  /** Milliseconds after which the loading of BAML is taken as failed. */
  readonly loadMs?: number;
  /** Called once when a model is found to be down, and once when it answers again. */
  readonly onOutage?: (outage: ModelOutage) => void;
}

const SHUTTING_DOWN = "the process is shutting down; no further model calls are made";

/**
 * Resolves the settings. The pool's threads are made by {@link LlmGateway.open}, or by the first call.
 * @throws {TroupeError} `SETTING_INVALID`, `MODELS_INVALID`, see {@link resolveModels}.
 */
export function openLlm(settings: LlmSettings, options: LlmOptions = {}): LlmGateway {
  return new LlmGateway(resolveModels(settings), settings.concurrency, options);
}

export class LlmGateway implements AsyncDisposable {
  readonly #pool: PoolKeeper;
  readonly #waitingMax: number;
  readonly #turnMs: number;
  readonly #callsMax: number;
  /** The models of the next call; running calls keep theirs. */
  #models: Models;
  readonly #governor: Governor<OpenCall>;
  /** Own functions. */
  readonly #gate = new PromptGate(() => this.#enterAgain(({ models }) => models === undefined));
  #closing: Promise<void> | undefined;
  readonly #counts = new CallCounts();

  /** Use {@link openLlm}. */
  constructor(models: Models, concurrency: number, options: LlmOptions) {
    this.#pool = new PoolKeeper({ env: options.threadEnv ?? {}, loadMs: options.loadMs });
    this.#models = models;
    this.#waitingMax = options.waitingMax ?? LLM_WAITING_MAX;
    this.#turnMs = options.turnMs ?? TURN_MS_MAX;
    this.#callsMax = options.callsMax ?? Number.POSITIVE_INFINITY;
    this.#governor = new Governor(concurrency, {
      tickMs: this.#turnMs,
      start: (ticket) => this.#start(ticket),
      onTick: () => this.#endLongWaits(),
      onChange: (place, { kind, down }) => {
        const state = describeState(place, this.#models.all);
        const tookMs = performance.now() - down.since;
        options.onOutage?.({ isOver: kind === "back", state, tookMs });
      },
    });
    this.#governor.reconfigure(models.all, Math.min(concurrency, this.#callsMax));
  }

  /** The models in use. */
  get models(): Models {
    return this.#models;
  }

  /** Each model, and how its calls fare. */
  get states(): readonly ModelView[] {
    return this.#governor.states.map((place) => describeState(place, this.#models.all));
  }

  /**
   * Makes the pool's threads, so that no call waits for them. Loading BAML takes as long as all
   * other work of a start together, so a start does not wait for it.
   * @throws {TroupeError} `LLM_RUNTIME_BROKEN` if BAML cannot be loaded.
   */
  async open(): Promise<void> {
    if (this.#closing === undefined) await this.#pool.open();
  }

  /** Why no model can be called: BAML cannot be loaded. Undefined if that is not so, or not known yet. */
  get fault(): TroupeError | undefined {
    return this.#pool.fault;
  }

  counters(): LlmCounters {
    const { inFlight, waiting } = this.#governor;
    return { ...this.#counts.totals, inFlight, waiting };
  }

  /** What a call of the agent waits for; undefined if none waits. */
  waitOf(agentId: string): ModelWait | undefined {
    const open = this.#governor.findWait(agentId);
    if (open === undefined) return undefined;
    const place = this.#governor.placeOf(open);
    if (place === undefined) return describeHold(this.#gate.reason, open.since);
    return describeWait(describeState(place, this.#models.all), open.since);
  }

  /** The agent was just steered: its next call has the next turn. */
  prefer(agentId: string): void {
    this.#governor.prefer(agentId);
  }

  /**
   * Takes a call and its port. Never throws: errors are sent over the port, which is always closed in
   * the end. A waiting call is dropped when its port closes.
   */
  call(call: LlmCall): void {
    const open = new OpenCall(call);
    if (this.#closing === undefined) this.#enter(open);
    else this.#refuse(open, "LLM_UNAVAILABLE", SHUTTING_DOWN);
  }

  /**
   * Uses other settings and other own functions for calls from now on, waiting ones included.
   * @throws {TroupeError} `SETTING_INVALID`, `MODELS_INVALID`; then nothing has changed.
   */
  async reconfigure(settings: LlmSettings, own?: OwnPrompts): Promise<void> {
    const models = resolveModels(settings, own);
    this.#models = models;
    this.#governor.reconfigure(models.all, Math.min(settings.concurrency, this.#callsMax));
    this.#gate.use(own);
    // A reload may follow a repair.
    if (this.fault !== undefined) this.open().catch(() => undefined);
    this.#enterAgain(() => true);
    this.#governor.startDue();
  }

  /** Fails waiting calls, aborts running ones, ends the pool. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#governor.close();
    for (const open of this.#governor.waits) {
      this.#takeOut(open);
      this.#refuse(open, "LLM_UNAVAILABLE", SHUTTING_DOWN);
    }
    await this.#pool.close();
  }

  #enter(open: OpenCall): void {
    try {
      if (this.#gate.isShut(open.call.request.function)) this.#hold(open);
      else this.#choose(open);
    } catch (thrown) {
      const { code, message } = toErrorData(thrown);
      this.#refuse(open, code as ErrorCode, message);
      return;
    }
    const isHeld = open.models === undefined;
    if (!isHeld && !this.#governor.isWaiting(open)) return;
    if (this.#governor.waiting > this.#waitingMax) {
      this.#takeOut(open);
      this.#refuse(open, "LLM_LIMIT", `${this.#waitingMax} model calls are waiting already`);
    } else open.listen(() => this.#takeOut(open));
  }

  /** @throws {TroupeError} as {@link Models.choose} and {@link PromptGate.taskOf} */
  #choose(open: OpenCall): void {
    const { request, choice } = open.call;
    open.own = this.#gate.taskOf(request);
    const { agent, type } = choice ?? {};
    const choices = { call: request.model, agent, type, function: request.function };
    const models = this.#models.choose(choices);
    open.models = this.#models;
    this.#governor.enter({ agentId: open.agentId, item: open, models });
  }

  /** @throws {TroupeError} for a call that has no time to wait for a repair. */
  #hold(open: OpenCall): void {
    const { request, isStarting } = open.call;
    open.models = undefined;
    if (this.#gate.isBroken && isStarting?.() === true) throw this.#gate.faultOf(request.function);
    this.#governor.hold({ agentId: open.agentId, item: open });
  }

  #enterAgain(isMeant: (open: OpenCall) => boolean): void {
    for (const open of this.#governor.waits.filter(isMeant)) {
      this.#takeOut(open);
      this.#enter(open);
    }
  }

  #takeOut(open: OpenCall): void {
    this.#governor.leave({ agentId: open.agentId, item: open });
    open.stopListening();
  }

  #endLongWaits(): void {
    const now = performance.now();
    for (const open of this.#governor.waits) {
      const isForPause = open.pausingMs(now) >= PAUSE_MS_MAX;
      const waitedMs = now - open.since;
      if (waitedMs < this.#turnMs && !isForPause) continue;
      const place = this.#governor.placeOf(open);
      this.#takeOut(open);
      const { error } = open;
      const { code, message } =
        place === undefined
          ? this.#gate.faultOf(open.call.request.function)
          : waitError(describeState(place, this.#models.all), { waitedMs, isForPause, error });
      this.#refuse(open, code, message);
    }
  }

  #start(ticket: Ticket<OpenCall>): void {
    const open = ticket.call.item;
    open.stopListening();
    const { request, watch } = open.call;
    const onPartial = watch?.();
    const tap = onPartial && openTap(onPartial);
    const { port, own } = open;
    const task = { request, port, client: ticket.model.client, own, tapPort: tap?.port };
    void this.#pool
      .get()
      .then((pool) => pool.run(task))
      .then((end) => this.#end(ticket, end))
      .catch((thrown: unknown) => this.#lost(ticket, thrown))
      .finally(() => {
        tap?.[Symbol.dispose]();
        if (this.#closing === undefined) this.#governor.startDue();
      });
  }

  /** A call whose provider failed before any piece of an answer is made again, if that may help. */
  #end(ticket: Ticket<OpenCall>, end: CallEnd): void {
    const open = ticket.call.item;
    this.#counts.add(end, ticket.model);
    open.call.onUsage?.(end.usage);
    this.#governor.end(ticket, outcomeOf(end), end.rateHeaders);
    if (end.again === undefined) return;
    const { port, error } = end.again;
    open.takeBack(port, error);
    const isClosed = this.#closing !== undefined;
    // A reload may have replaced the models and the functions.
    if (!isClosed && open.models !== this.#models) this.#enter(open);
    else if (!isClosed && this.#governor.retry(ticket)) open.listen(() => this.#takeOut(open));
    else open.fail(this.#governor.isRefusedAlone(open) ? refusedAlone(error) : error, end.usage);
  }

  /** The pool's thread died, or never took the port, which is then still here. */
  #lost(ticket: Ticket<OpenCall>, thrown: unknown): void {
    this.#counts.addLost();
    this.#governor.end(ticket, { kind: "aborted" }, {});
    const lost = "the model call was lost: its thread in the pool has ended";
    const open = ticket.call.item;
    if (thrown instanceof TroupeError) open.refuse(thrown.code, thrown.message);
    else open.refuse("LLM_UNAVAILABLE", lost);
  }

  #refuse(open: OpenCall, code: ErrorCode, message: string): void {
    this.#counts.addRefused();
    open.refuse(code, message);
  }
}

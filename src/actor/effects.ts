/**
 * The effects of an agent's steps, in its thread: `ctx.once`, and the memo of what the open turn has done.
 * The truth is on the main thread, which stores each state; a step waits for that by a word of the control
 * block. The effects of earlier threads are asked for once, and only if there may be any.
 *
 * A key is found by what was asked and never by its place in the code: changed code asks for something else.
 *
 * Rejected: replay by position, as in Temporal and its relatives, which demands deterministic code and
 * fails when it has changed; keeping failures, which would make a recovery impossible.
 */

import type { Once, OnceCall, OnceOptions } from "../agents/once.ts";
import type { ActorControl } from "../boundary/control-block.ts";
import type { EffectReport, EndedCall, RecalledEffects, Report } from "../boundary/protocol.ts";
import {
  EFFECTS_BYTES_MAX,
  EFFECTS_MAX,
  type EffectState,
  EVERY_TURN,
} from "../model/effect-states.ts";
import type { ErrorCode } from "../model/error-codes.ts";
import { reviveError, TroupeError, toErrorData } from "../model/errors.ts";
import { startTimer, stopTimer, wallNow } from "./clock.ts";
import { type EndedCalls, keptValue } from "./ended-calls.ts";
import { KeyMemo } from "./key-memo.ts";
import { type OnceRequest, parseOnce } from "./once-request.ts";
import type { StepScope } from "./step-scope.ts";
import { untilAborted } from "./until-aborted.ts";

/** Keys that hold for all turns, and whose results a thread keeps from turn to turn. */
const KEYS_KEPT_MAX = 256;

export interface EffectsParts {
  readonly control: ActorControl;
  readonly scope: StepScope;
  readonly send: (report: Report) => void;
  readonly calls: EndedCalls;
  /** The open turn, and whether it may have effects of earlier threads. */
  readonly turn: number;
  readonly mayHaveEffects: boolean;
  readonly seed: string;
}

/** Milliseconds that running functions have to end before somebody is asked: one may wait for the answer. */
const ASK_MS_MAX = 5_000;

/** A turn, for as long as a call of it runs. */
interface Turn {
  readonly number: number;
  readonly keys: KeyMemo;
  /** Effects of this turn, and bytes of their results. */
  count: number;
  bytes: number;
}

/** One call of `ctx.once`: of the step, and of the turn, in which it was made. */
interface Call extends OnceRequest {
  readonly iteration: number;
  readonly turn: Turn;
  /** Those that have its key. */
  readonly keys: KeyMemo;
  readonly signal: AbortSignal;
}

/** A call whose function is about to run. */
interface Begun extends Call {
  readonly effect: number;
  readonly startedAt: number;
}

export class Effects {
  readonly #parts: EffectsParts;
  #turn: Turn;
  /** The turn whose keys main is asked for: the first of this thread, and no other. */
  #recalled: Turn | undefined;
  /** Keys that hold for all turns. */
  readonly #agentKeys = new KeyMemo();
  /** The functions that run. */
  readonly #running = new Set<Promise<unknown>>();
  #isAsking = false;
  #effects = 0;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
    this.#turn = newTurn(parts.turn);
    if (parts.mayHaveEffects) this.#recalled = this.#turn;
    else this.#turn.keys.answer(null, []);
  }

  /**
   * See `AgentContext.once`.
   * @throws {TypeError} for a wrong key, function or option. {TroupeError} `EFFECT_KEY_IN_USE`,
   * `EFFECT_LIMIT`, `EFFECT_VALUE_INVALID`; the reason of the step's signal if that fires before the
   * function is called.
   */
  readonly once = (async <T>(
    key: string,
    fn: (call: OnceCall) => T | Promise<T>,
    options?: OnceOptions,
  ): Promise<T | undefined> => {
    const call = this.#enter(parseOnce(key, fn, options));
    const { keys, unknown } = call;
    if (keys.find(call.key)?.state === "running") throw inUse(call.key);
    const recall = this.#recall(call);
    if (recall !== undefined) await untilAborted(recall, call.signal);
    // Also after the wait: another call of the step may have begun to ask.
    if (this.#isAsking) return await never();
    const known = keys.find(call.key);
    if (known?.state === "running") throw inUse(call.key);
    if (known?.state === "done") return revive<T>(known);
    if (known?.state === "unknown" && unknown === "skip") return undefined;
    if (known?.state === "unknown" && unknown === "ask") return await this.#ask(known.effect);
    return await this.#call<T>(call, fn);
  }) as Once;

  /** The step has ended; one that succeeded ends the turn. */
  endStep(iteration: number, hasSucceeded: boolean): void {
    this.#parts.calls.endStep(hasSucceeded);
    if (!hasSucceeded) return;
    this.#turn = newTurn(iteration + 1);
    this.#turn.keys.answer(null, []);
    this.#agentKeys.trim(KEYS_KEPT_MAX);
  }

  /** Main's answer to a question. */
  recalled({ key, effects }: RecalledEffects): void {
    const turn = key === null ? this.#recalled : this.#turn;
    if (turn === undefined) return;
    if (key === null) this.#recalled = undefined;
    turn.count += effects.length;
    for (const { valueJson } of effects) turn.bytes += valueJson?.length ?? 0;
    (key === null ? turn.keys : this.#agentKeys).answer(key, effects);
  }

  #enter(request: OnceRequest): Call {
    const { scope } = this.#parts;
    const turn = this.#turn;
    const keys = request.scope === "turn" ? turn.keys : this.#agentKeys;
    const { stepIteration: iteration, signal } = scope;
    return { ...request, iteration, turn, keys, signal };
  }

  #recall({ scope, key, keys }: Call): Promise<void> | undefined {
    const asked = scope === "turn" ? null : key;
    return keys.recall(asked, () => this.#parts.send({ kind: "recall", key: asked }));
  }

  async #call<T>(call: Call, fn: (call: OnceCall) => T | Promise<T>): Promise<T | undefined> {
    const { turn, keys, key } = call;
    if (turn.count >= EFFECTS_MAX || turn.bytes >= EFFECTS_BYTES_MAX) throw tooMany(key);
    turn.count += 1;
    this.#effects += 1;
    const begun: Begun = { ...call, effect: this.#effects, startedAt: wallNow() };
    keys.set(key, { state: "running" });
    const running = this.#run<T>(begun, fn);
    const settled = running.catch(() => undefined);
    this.#running.add(settled);
    try {
      return await running;
    } finally {
      this.#running.delete(settled);
    }
  }

  async #run<T>(begun: Begun, fn: (call: OnceCall) => T | Promise<T>): Promise<T | undefined> {
    await this.#prepare(begun);
    const { keys, key, turn, signal } = begun;
    let value: T;
    try {
      value = await fn({ idempotencyKey: this.#keyOf(begun), signal });
    } catch (thrown) {
      this.#fail(begun, thrown);
      throw thrown;
    }
    const kept = keptValue(value, key);
    turn.bytes += kept.valueJson?.length ?? 0;
    const stored = this.#store(begun, "done", kept);
    keys.set(key, { state: "done", ...kept });
    await stored;
    return revive<T>(kept);
  }

  /**
   * Resolves when the function may be called. The waits for the store end with the step's signal: a store
   * that takes nothing must not keep a step that is stopped.
   */
  async #prepare(begun: Begun): Promise<void> {
    const { calls, control } = this.#parts;
    const { keys, key, turn, signal, unknown } = begun;
    calls.flush();
    let hasStarted = false;
    try {
      // A step that a crash takes back would bring the turn back, and with it the key.
      await untilAborted(control.stepsStored(), signal);
      hasStarted = unknown !== "retry";
      if (hasStarted) await untilAborted(this.#store(begun, "started", {}), signal);
    } catch (thrown) {
      keys.set(key, undefined);
      turn.count -= 1;
      // The function was not called: whoever reads that it has started must not take it for unknown.
      const error = toErrorData(thrown, "AGENT_STEP_FAILED");
      if (hasStarted) void this.#store(begun, "failed", { error });
      throw thrown;
    }
  }

  /** A throw says that nothing was done, unless it says otherwise, or the call was cut off. */
  #fail(begun: Begun, thrown: unknown): void {
    const { keys, key, unknown, signal, effect } = begun;
    const isCut = signal.aborted && unknown !== "retry";
    const isUnknown = isUnknownOutcome(thrown) || isCut;
    const error = toErrorData(thrown, "AGENT_STEP_FAILED");
    void this.#store(begun, isUnknown ? "unknown" : "failed", { error });
    keys.set(key, isUnknown ? { state: "unknown", effect } : undefined);
  }

  /** Resolves once the state would survive the end of the process. */
  #store(
    begun: Begun,
    state: EffectState,
    { valueJson = null, error = null }: Partial<Pick<EffectReport, "valueJson" | "error">>,
  ): Promise<void> {
    const nth = this.#parts.calls.nextNth();
    const endedAt = state === "started" ? null : wallNow();
    const { effect, iteration, key, startedAt } = begun;
    const about = { effect, iteration, turn: turnOf(begun), key, startedAt, endedAt };
    this.#parts.send({ kind: "effect", nth, ...about, state, valueJson, error });
    return this.#parts.control.effectsStored(nth);
  }

  /**
   * Main pauses the agent and ends the thread, once no other function of an effect runs. One that has not
   * ended in time is cut off, as by any end of a thread.
   */
  async #ask(effect: string | number): Promise<never> {
    this.#isAsking = true;
    const late = Promise.withResolvers<void>();
    const timer = startTimer(() => late.resolve(), ASK_MS_MAX).unref();
    await Promise.race([this.#settled(), late.promise]);
    stopTimer(timer);
    this.#parts.send({ kind: "ask", effect });
    return await never();
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #keyOf(begun: Begun): string {
    // Loaded on first use: it costs a thread 4 ms and 200 KB.
    const { hash } = process.getBuiltinModule("node:crypto");
    return hash("sha256", JSON.stringify([this.#parts.seed, turnOf(begun), begun.key])).slice(
      0,
      32,
    );
  }
}

function newTurn(number: number): Turn {
  return { number, keys: new KeyMemo(), count: 0, bytes: 0 };
}

function turnOf({ scope, turn }: Call): number {
  return scope === "turn" ? turn.number : EVERY_TURN;
}

/** The result in the form in which later calls get it. @throws {TroupeError} why it could not be kept */
function revive<T>({ valueJson, error }: Pick<EndedCall, "valueJson" | "error">): T | undefined {
  if (error !== null) throw reviveError({ ...error, code: error.code as ErrorCode });
  return valueJson === null ? undefined : (JSON.parse(valueJson) as T);
}

/** An agent's module may have another copy of the class. */
function isUnknownOutcome(thrown: unknown): boolean {
  try {
    return thrown instanceof Error && thrown.name === "UnknownOutcome";
  } catch {
    return false;
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function inUse(key: string): TroupeError {
  const message = `ctx.once is called with the key "${key}" while a call with that key runs`;
  return new TroupeError("EFFECT_KEY_IN_USE", message, { details: { key } });
}

function tooMany(key: string): TroupeError {
  const message =
    `ctx.once "${key}" was not called: ` +
    `a turn has at most ${EFFECTS_MAX} effects, and ${EFFECTS_BYTES_MAX} bytes of their results`;
  return new TroupeError("EFFECT_LIMIT", message, { details: { key } });
}

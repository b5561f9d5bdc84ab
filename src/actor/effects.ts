/**
 * The effects of an agent's steps, in its thread: `ctx.once`, and the memo of what the open turn has done.
 * The truth is on the main thread, which stores each state; a step waits for that by a word of the control
 * block. The effects of earlier threads are asked for once, and only if there may be any.
 *
 * A key is found by what was asked and never by its place in the code: changed code asks for something else.
 */

import type { OnceCall, OnceOptions } from "../agents/once.ts";
import type { ActorControl } from "../boundary/control-block.ts";
import type {
  EffectReport,
  EndedCall,
  RecalledEffect,
  RecalledEffects,
  Report,
} from "../boundary/protocol.ts";
import {
  EFFECTS_BYTES_MAX,
  EFFECTS_MAX,
  type EffectState,
  EVERY_TURN,
} from "../model/effect-states.ts";
import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { reviveError, TroupeError, toErrorData } from "../model/errors.ts";
import { startTimer, stopTimer, wallNow } from "./clock.ts";
import { type EndedCalls, keptValue } from "./ended-calls.ts";
import { type OnceRequest, parseOnce } from "./once-request.ts";
import type { StepScope } from "./step-scope.ts";

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

/** What is known of a key. */
type Known =
  | { readonly state: "running" }
  | { readonly state: "unknown"; readonly effect: string | number }
  | { readonly state: "done"; readonly valueJson: string | null; readonly error: ErrorData | null };

/** An effect whose function is about to run. */
interface Begun extends OnceRequest {
  readonly id: string;
  readonly effect: number;
  readonly iteration: number;
  readonly turn: number;
  readonly startedAt: number;
}

export class Effects {
  readonly #parts: EffectsParts;
  #turn: number;
  /** By scope and key. */
  readonly #known = new Map<string, Known>();
  /** The questions to main that were asked, by key; null for the open turn. */
  readonly #recalls = new Map<string | null, PromiseWithResolvers<void>>();
  /** The functions that run. */
  readonly #running = new Set<Promise<unknown>>();
  #isAsking = false;
  /** Effects of this turn, and bytes of their results. */
  #count = 0;
  #bytes = 0;
  #effects = 0;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
    this.#turn = parts.turn;
    if (!parts.mayHaveEffects) this.#recalls.set(null, answered());
  }

  /**
   * See `AgentContext.once`.
   * @throws {TypeError} for a wrong key, function or option. {TroupeError} `EFFECT_KEY_IN_USE`,
   * `EFFECT_LIMIT`, `EFFECT_VALUE_INVALID`
   */
  readonly once = async <T>(
    key: string,
    fn: (call: OnceCall) => T | Promise<T>,
    options?: OnceOptions,
  ): Promise<T | undefined> => {
    const request = parseOnce(key, fn, options);
    const id = `${request.scope} ${request.key}`;
    if (this.#isAsking) return await never();
    if (this.#known.get(id)?.state === "running") throw inUse(request.key);
    await this.#recall(request);
    const known = this.#known.get(id);
    if (known?.state === "running") throw inUse(request.key);
    if (known?.state === "done") return revive<T>(known);
    if (known?.state === "unknown" && request.unknown === "skip") return undefined;
    if (known?.state === "unknown" && request.unknown === "ask")
      return await this.#ask(known.effect);
    return await this.#call<T>(id, request, fn);
  };

  /** The step has ended; one that succeeded ends the turn. */
  endStep(iteration: number, hasSucceeded: boolean): void {
    this.#parts.calls.endStep(hasSucceeded);
    if (!hasSucceeded) return;
    this.#turn = iteration + 1;
    this.#forget();
    this.#recalls.set(null, answered());
    this.#count = 0;
    this.#bytes = 0;
  }

  /** Keys that hold for all turns stay, unless there are many: main is asked for those again. */
  #forget(): void {
    // A key that is free again is in the questions alone.
    const isFull = Math.max(this.#known.size, this.#recalls.size) > KEYS_KEPT_MAX;
    for (const [id, { state }] of this.#known) {
      if (state !== "running" && (isFull || id.startsWith("turn "))) this.#known.delete(id);
    }
    if (isFull) this.#recalls.clear();
  }

  /** Main's answer to a question. What this thread knows itself is newer. */
  recalled({ key, effects }: RecalledEffects): void {
    const scope = key === null ? "turn" : "agent";
    for (const one of effects) {
      const id = `${scope} ${one.key}`;
      if (!this.#known.has(id)) this.#known.set(id, fromRecalled(one));
      this.#count += 1;
      this.#bytes += one.valueJson?.length ?? 0;
    }
    this.#recalls.get(key)?.resolve();
  }

  async #recall({ scope, key }: OnceRequest): Promise<void> {
    const asked = scope === "turn" ? null : key;
    const known = this.#recalls.get(asked);
    if (known !== undefined) return await known.promise;
    const recall = Promise.withResolvers<void>();
    this.#recalls.set(asked, recall);
    this.#parts.send({ kind: "recall", key: asked });
    await recall.promise;
  }

  async #call<T>(
    id: string,
    request: OnceRequest,
    fn: (call: OnceCall) => T | Promise<T>,
  ): Promise<T | undefined> {
    if (this.#count >= EFFECTS_MAX || this.#bytes >= EFFECTS_BYTES_MAX) throw tooMany();
    this.#count += 1;
    this.#effects += 1;
    const begun: Begun = {
      ...request,
      id,
      effect: this.#effects,
      iteration: this.#parts.scope.stepIteration,
      turn: request.scope === "turn" ? this.#turn : EVERY_TURN,
      startedAt: wallNow(),
    };
    this.#known.set(id, { state: "running" });
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
    const { scope, calls, control } = this.#parts;
    calls.flush();
    const { signal } = scope;
    // A step that a crash takes back would bring the turn back, and with it the key.
    await control.stepsStored();
    if (begun.unknown !== "retry") await this.#store(begun, "started", {});
    let hasBegun = false;
    let value: T;
    try {
      signal.throwIfAborted();
      hasBegun = true;
      value = await fn({ idempotencyKey: this.#keyOf(begun), signal });
    } catch (thrown) {
      this.#fail(begun, thrown, hasBegun && signal.aborted);
      throw thrown;
    }
    const kept = keptValue(value);
    this.#bytes += kept.valueJson?.length ?? 0;
    const stored = this.#store(begun, "done", kept);
    this.#know(begun, { state: "done", ...kept });
    await stored;
    return revive<T>(kept);
  }

  /** A throw says that nothing was done, unless it says otherwise, or the call was cut off. */
  #fail(begun: Begun, thrown: unknown, isCut: boolean): void {
    const isUnknown = isUnknownOutcome(thrown) || (isCut && begun.unknown !== "retry");
    const error = toErrorData(thrown, "AGENT_STEP_FAILED");
    void this.#store(begun, isUnknown ? "unknown" : "failed", { error });
    this.#know(begun, isUnknown ? { state: "unknown", effect: begun.effect } : undefined);
  }

  /** Nothing is kept of a call that its step has left behind. */
  #know({ id, turn }: Begun, known: Known | undefined): void {
    const isOfOldTurn = turn !== EVERY_TURN && turn !== this.#turn;
    if (known === undefined || isOfOldTurn) this.#known.delete(id);
    else this.#known.set(id, known);
  }

  /** Resolves once the state would survive the end of the process. */
  #store(
    { effect, iteration, turn, key, startedAt }: Begun,
    state: EffectState,
    { valueJson = null, error = null }: Partial<Pick<EffectReport, "valueJson" | "error">>,
  ): Promise<void> {
    const nth = this.#parts.calls.nextNth();
    const endedAt = state === "started" ? null : wallNow();
    const about = { effect, iteration, turn, key, startedAt, endedAt };
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
    const timer = startTimer(() => late.resolve(), ASK_MS_MAX);
    await Promise.race([this.#settled(), late.promise]);
    stopTimer(timer);
    this.#parts.send({ kind: "ask", effect });
    return await never();
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #keyOf({ turn, key }: Begun): string {
    // Loaded on first use: it costs a thread 4 ms and 200 KB.
    const { hash } = process.getBuiltinModule("node:crypto");
    return hash("sha256", JSON.stringify([this.#parts.seed, turn, key])).slice(0, 32);
  }
}

function fromRecalled({ effectId, state, valueJson, error }: RecalledEffect): Known {
  return state === "done" ? { state, valueJson, error } : { state, effect: effectId };
}

/** A result as any later call gets it, too. @throws {TroupeError} why it could not be kept */
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

function answered(): PromiseWithResolvers<void> {
  const recall = Promise.withResolvers<void>();
  recall.resolve();
  return recall;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function inUse(key: string): TroupeError {
  const message = `ctx.once is called with the key "${key}" while a call with that key runs`;
  return new TroupeError("EFFECT_KEY_IN_USE", message, { details: { key } });
}

function tooMany(): TroupeError {
  const message = `a turn has at most ${EFFECTS_MAX} effects, and ${EFFECTS_BYTES_MAX} bytes of their results`;
  return new TroupeError("EFFECT_LIMIT", message);
}

/** `ctx.once`: its options, and the error with which its function says that it does not know. */

import type { EffectScope, UnknownPolicy } from "../model/effect-states.ts";

/** Calls `fn` unless the turn has a result for the key. See {@link AgentContext.once}. */
export interface Once {
  <T>(
    key: string,
    fn: (call: OnceCall) => T | Promise<T>,
    options?: OnceOptions & { readonly unknown?: "retry" | "ask" },
  ): Promise<T>;
  /** Only `skip` resolves without a result. */
  <T>(
    key: string,
    fn: (call: OnceCall) => T | Promise<T>,
    options: OnceOptions,
  ): Promise<T | undefined>;
}

export interface OnceOptions {
  /**
   * What follows if the outcome of an earlier call is unknown: `retry`, the default, calls the function
   * again, with the same `idempotencyKey` · `skip` resolves with undefined · `ask` pauses the agent with
   * `EFFECT_UNKNOWN` until somebody resolves it. With the last two, that the call begins is stored first.
   */
  readonly unknown?: UnknownPolicy;
  /** How long the key holds. `turn`, the default: until a step succeeds · `agent`: as long as steps are kept. */
  readonly scope?: EffectScope;
}

export interface OnceCall {
  /** 32 hexadecimal digits: the same for each call with this key in this turn, and never for another. */
  readonly idempotencyKey: string;
  /** That of the step. */
  readonly signal: AbortSignal;
}

/**
 * Thrown by the function of `ctx.once` if it does not know whether it had an effect: `unknown` decides what
 * follows. Any other error says that it had none, unless the step's signal has fired.
 */
export class UnknownOutcome extends Error {
  override readonly name = "UnknownOutcome";

  constructor(message = "nobody knows whether it took place", options?: ErrorOptions) {
    super(message, options);
  }
}

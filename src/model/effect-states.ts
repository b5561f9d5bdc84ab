/** The kinds and the states of an effect. Loads no schema library. */

/** `once`: a call of `ctx.once` · `model`: a model call. */
export const effectKinds = ["once", "model"] as const;

/**
 * `started`: its function may run · `unknown`: its thread ended meanwhile, so nobody knows whether it had an
 * effect · `done`, `failed`: it has ended.
 */
export const effectStates = ["started", "unknown", "failed", "done"] as const;

export type EffectState = (typeof effectStates)[number];

/** What follows if the outcome of an effect is unknown. */
export const unknownPolicies = ["retry", "skip", "ask"] as const;
export type UnknownPolicy = (typeof unknownPolicies)[number];

/** `turn`: until a step succeeds · `agent`: for as long as the rows are kept. */
export const effectScopes = ["turn", "agent"] as const;
export type EffectScope = (typeof effectScopes)[number];

/** The turn of effects whose key holds for all turns of the agent. */
export const EVERY_TURN = 0;

/** Effects of one turn that are kept for a step that is run again, and bytes of their values. */
export const EFFECTS_MAX = 256;
export const EFFECTS_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of JSON text of one value. */
export const EFFECT_VALUE_BYTES_MAX = 256 * 1024;
/** Characters of a key of `ctx.once`. */
export const EFFECT_KEY_CHARS_MAX = 256;

/** Checks the arguments of `ctx.once`. Pure. */

import type { OnceOptions } from "../agents/once.ts";
import {
  EFFECT_KEY_CHARS_MAX,
  type EffectScope,
  effectScopes,
  type UnknownPolicy,
  unknownPolicies,
} from "../model/effect-states.ts";

export interface OnceRequest {
  readonly key: string;
  readonly unknown: UnknownPolicy;
  readonly scope: EffectScope;
}

/** @throws {TypeError} which names the argument, what was expected and what came. */
export function parseOnce(key: unknown, fn: unknown, options: OnceOptions = {}): OnceRequest {
  if (typeof key !== "string" || key === "" || key.length > EFFECT_KEY_CHARS_MAX) {
    const wanted = `text of 1 to ${EFFECT_KEY_CHARS_MAX} characters`;
    throw new TypeError(`the key of ctx.once must be ${wanted}, got ${describe(key)}`);
  }
  if (typeof fn !== "function") {
    throw new TypeError(`ctx.once takes a function after its key, got ${describe(fn)}`);
  }
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`the options of ctx.once must be an object, got ${describe(options)}`);
  }
  refuseOthers(options);
  const { unknown = "retry", scope = "turn" } = options;
  checkOption("unknown", unknown, unknownPolicies);
  checkOption("scope", scope, effectScopes);
  return { key: key.toWellFormed(), unknown, scope };
}

/** In a module without types, `unkown: "ask"` would be ignored, and the function could be called twice. */
function refuseOthers(options: object): void {
  const other = Object.keys(options).find((name) => !optionNames.includes(name));
  if (other === undefined) return;
  throw new TypeError(
    `ctx.once has no option ${describe(other)}; known are ${optionNames.join(", ")}`,
  );
}

const optionNames: readonly string[] = ["unknown", "scope"] satisfies (keyof OnceOptions)[];

function checkOption(name: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new TypeError(
    `option ${name} of ctx.once must be ${known.join(", ")}, got ${describe(value)}`,
  );
}

function describe(value: unknown): string {
  if (typeof value === "string")
    return value.length > 40 ? `${value.length} characters` : `"${value}"`;
  return value === null ? "null" : typeof value;
}

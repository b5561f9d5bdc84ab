/** How an unknown effect is settled by somebody who knows what happened. Pure. */

import { EFFECT_VALUE_BYTES_MAX, type EffectState } from "./effect-states.ts";
import { TroupeError } from "./errors.ts";
import { excerpt } from "./ids.ts";
import { findJsonFault } from "./json-bounds.ts";
import { isObject } from "./parse-json.ts";

export type EffectResolution =
  /** It had its effect; `value` is what it returned, null by default. */
  | { readonly outcome: "done"; readonly value?: unknown }
  /** It had none: the step calls it again. */
  | { readonly outcome: "retry" };

/** @throws {TroupeError} `ACTION_MALFORMED`, naming the field. */
export function checkResolution(resolution: {
  readonly outcome: string;
  readonly value?: unknown;
}): void {
  // Untyped callers may pass anything.
  if (!isObject(resolution)) {
    throw malformed(
      `must be { outcome: "done", value } or { outcome: "retry" }, got ${excerpt(resolution)}`,
    );
  }
  const { outcome, value } = resolution;
  if (value === undefined) return;
  if (outcome !== "done") {
    throw malformed(`value belongs to the outcome done, got it with the outcome ${outcome}`);
  }
  const fault = findJsonFault(value, "value");
  if (fault !== undefined) throw malformed(fault);
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? "");
  if (bytes <= EFFECT_VALUE_BYTES_MAX) return;
  throw malformed(`value must be at most ${EFFECT_VALUE_BYTES_MAX} bytes of JSON, got ${bytes}`);
}

/** @throws {TroupeError} `EFFECT_SETTLED`. */
export function checkUnknown(effectId: string, state: EffectState): void {
  if (state === "unknown") return;
  const message = `effect ${effectId} is ${state}; only an unknown one can be resolved`;
  throw new TroupeError("EFFECT_SETTLED", message);
}

function malformed(what: string): TroupeError {
  return new TroupeError("ACTION_MALFORMED", `payload of effect_resolve: ${what}`);
}

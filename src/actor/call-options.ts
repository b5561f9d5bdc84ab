/** Checks the arguments and options of a model call: a module without types passes any. Pure; loaded by every agent's thread. */

import type { LlmCallOptions } from "../agents/llm.ts";
import { TroupeError } from "../model/errors.ts";

/** By option: whether it can have the value, and what it must be. */
const known = {
  model: [(value: unknown) => typeof value === "string", "text"],
  signal: [(value: unknown) => value instanceof AbortSignal, "an AbortSignal"],
  onPartial: [(value: unknown) => typeof value === "function", "a function"],
  fresh: [(value: unknown) => typeof value === "boolean", "true or false"],
} as const satisfies Readonly<
  Record<keyof LlmCallOptions, readonly [(value: unknown) => boolean, string]>
>;

/**
 * A `modle` would be ignored: another model would answer, and be paid.
 * @param name the BAML function
 * @throws {TroupeError} `LLM_ARGUMENTS_INVALID`, naming the option and its value's type.
 */
export function checkCallOptions(name: string, options: LlmCallOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw refused(name, `takes its options as an object, got ${kindOf(options)}`);
  }
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(known, option)) {
      throw refused(name, `has no option ${option}; known are ${Object.keys(known).join(", ")}`);
    }
    const [fits, wanted] = known[option as keyof typeof known];
    if (!fits(value)) throw refused(name, `takes ${wanted} as ${option}, got ${kindOf(value)}`);
  }
}

/**
 * What an argument can hold is checked when it is sent, and its name where the functions are known.
 * @throws {TroupeError} `LLM_ARGUMENTS_INVALID`
 */
export function checkCallArguments(name: string, args: unknown): void {
  if (typeof args === "object" && args !== null && !Array.isArray(args)) return;
  throw refused(name, `takes its arguments by name, as an object, got ${kindOf(args)}`);
}

function refused(name: string, what: string): TroupeError {
  return new TroupeError("LLM_ARGUMENTS_INVALID", `ctx.llm.${name} ${what}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : typeof value;
}

/**
 * The names of BAML functions' parameters: BAML itself ignores an argument that a function does not have.
 * Pure.
 */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import type { LlmRequest } from "../../model/llm-call.ts";
import type { Declaration } from "./declarations.ts";

/** By name of the function. */
export type FunctionParameters = Readonly<Record<string, readonly string[]>>;

export function parametersOf(declarations: readonly Declaration[]): FunctionParameters {
  const functions = declarations.filter(({ kind }) => kind === "function");
  return Object.fromEntries(functions.map(({ name, parameters }) => [name, parameters]));
}

/** Names of arguments in one message. */
const SHOWN_MAX = 5;

/**
 * An optional argument that is misspelt would be left out of the prompt silently, and the answer paid.
 * @throws {TroupeError} `LLM_ARGUMENTS_INVALID`, naming the function, its parameters and the arguments
 */
export function checkArgumentNames(request: LlmRequest, parameters: readonly string[]): void {
  const { function: name, args } = request;
  const given = Object.keys(args).filter((key) => args[key] !== undefined);
  const others = given.filter((key) => !parameters.includes(key));
  if (others.length === 0) return;
  const shown = others.slice(0, SHOWN_MAX).map((key) => excerpt(key));
  const more = others.length > SHOWN_MAX ? ` and ${others.length - SHOWN_MAX} more` : "";
  const what = others.length === 1 ? "argument" : "arguments";
  const taken = parameters.length === 0 ? "none" : parameters.join(", ");
  throw new TroupeError(
    "LLM_ARGUMENTS_INVALID",
    `${name} has no ${what} ${shown.join(", ")}${more}; it takes ${taken}`,
  );
}

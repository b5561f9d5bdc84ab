/** BAML's runtimes in a thread of the pool: one for each kind of fleet client and set of own functions. */

import { BamlRuntime } from "@boundaryml/baml";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { CallTask } from "./call-task.ts";
import type { ModelClient } from "./model-client.ts";
import { builtInFunctions } from "./prompts/built-in-functions.ts";
import type { OwnTask } from "./prompts/own-prompts.ts";
import type { PromptSet } from "./prompts/prompts.ts";
import { runtimeFiles } from "./prompts/runtime-files.ts";

/** Runtimes kept; beyond that the oldest is dropped. A call that runs keeps its own. */
const RUNTIMES_MAX = 8;
/** Sets kept. */
const SETS_MAX = 4;

const runtimes = new Map<string, BamlRuntime>();
const sets = new Map<string, PromptSet>();

export function runtimeFor({ source }: ModelClient, own: OwnTask | undefined): BamlRuntime {
  // BAML keeps a client's variable that is no longer set.
  const key = own?.shared === undefined ? "" : [own.id, ...Object.keys(own.env)].join();
  return keep(runtimes, `${key}\n${source}`, RUNTIMES_MAX, () =>
    BamlRuntime.fromFiles(".", runtimeFiles(source, findSet(own)?.files), {}),
  );
}

/** The own functions of a call; undefined if there are none, or none that can be used. */
export function findSet(own: OwnTask | undefined): PromptSet | undefined {
  const shared = own?.shared;
  if (own === undefined || shared === undefined) return undefined;
  return keep(sets, own.id, SETS_MAX, () => {
    const text = Buffer.from(shared).toString();
    return JSON.parse(text) as PromptSet;
  });
}

/** @throws {TroupeError} `LLM_FUNCTION_UNKNOWN`, with the reason if own functions cannot be used. */
export function checkFunction({ request, own }: CallTask): void {
  const name = request.function;
  if (builtInFunctions.includes(name)) return;
  const functions = Object.keys(findSet(own)?.functions ?? {});
  if (functions.includes(name)) return;
  if (own?.fault !== undefined) {
    throw new TroupeError(
      "LLM_FUNCTION_UNKNOWN",
      `${excerpt(name)} cannot be called, own BAML functions are left out: ${own.fault}`,
    );
  }
  throw new TroupeError(
    "LLM_FUNCTION_UNKNOWN",
    `BAML function must be one of ${[...builtInFunctions, ...functions].join(", ")}, got ${excerpt(name)}`,
  );
}

function keep<T>(kept: Map<string, T>, key: string, max: number, make: () => T): T {
  const found = kept.get(key);
  if (found !== undefined) return found;
  const made = make();
  kept.set(key, made);
  const [oldest] = kept.keys();
  if (kept.size > max && oldest !== undefined) kept.delete(oldest);
  return made;
}

/** BAML's runtimes in a thread of the pool: one for each source of the fleet's clients and set of own functions. */

import { BamlRuntime } from "@boundaryml/baml";
import type { CallTask } from "./call-task.ts";
import { CLIENT_NAME } from "./client-source.ts";
import type { OwnTask } from "./prompts/own-prompts.ts";
import type { PromptSet } from "./prompts/prompts.ts";
import { runtimeFiles } from "./prompts/runtime-files.ts";

/** Runtimes kept; beyond that the oldest is dropped. A call that runs keeps its own. */
const RUNTIMES_MAX = 8;
/** Sets kept. */
const SETS_MAX = 4;

const runtimes = new Map<string, BamlRuntime>();
const sets = new Map<string, PromptSet>();

export function runtimeFor({ client, own }: CallTask): BamlRuntime {
  const key = own === undefined ? "" : [own.id, ...own.variables].join();
  return keep(runtimes, `${key}\n${client.source}`, RUNTIMES_MAX, () =>
    BamlRuntime.fromFiles(".", runtimeFiles(client.source, findSet(own)?.files), {}),
  );
}

/** The client that the function names in the source. */
export function sourceClient({ request, own }: CallTask): string {
  return findSet(own)?.functions[request.function] ?? CLIENT_NAME;
}

function findSet(own: OwnTask | undefined): PromptSet | undefined {
  if (own === undefined) return undefined;
  return keep(sets, own.id, SETS_MAX, () => {
    const text = Buffer.from(own.shared).toString();
    return JSON.parse(text) as PromptSet;
  });
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

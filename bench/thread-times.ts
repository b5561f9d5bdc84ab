/** Processor time of this process by kind of thread, as Linux counts it. */

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Kinds by the names that the system shows, of which it keeps 15 characters. Any other name is an agent's. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^node-MainThread$|^node$/, "main"],
  [/^(tokio-rt-worker|lance)/, "LanceDB"],
  [/^(tokio-runtime-w|baml)/, "BAML"],
  [/^(node-V8Worker|DelayedTaskSche|V8 )/, "V8"],
  [/^libuv-worker/, "libuv"],
  [/^(WorkerThread|SignalInspector|journal)/, "other threads of the program"],
];

/** Milliseconds so far, by thread. */
export type ThreadTimes = ReadonlyMap<string, { readonly kind: string; readonly ms: number }>;

export function readThreadTimes(): ThreadTimes {
  const times = new Map<string, { kind: string; ms: number }>();
  for (const thread of readdirSync("/proc/self/task")) {
    const folder = `/proc/self/task/${thread}`;
    try {
      const name = readFileSync(`${folder}/comm`, "utf8").trim();
      const [ns = "0"] = readFileSync(`${folder}/schedstat`, "utf8").split(" ");
      const kind = KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? "agents";
      times.set(thread, { kind, ms: Number(ns) / 1e6 });
    } catch {
      // It ended in between.
    }
  }
  return times;
}

/** Milliseconds by kind between two readings, the greatest first. Threads that ended are not in it. */
export function spentBetween(
  before: ThreadTimes,
  after: ThreadTimes,
): readonly (readonly [string, number])[] {
  const spent = new Map<string, number>();
  for (const [thread, { kind, ms }] of after) {
    const more = ms - (before.get(thread)?.ms ?? 0);
    spent.set(kind, (spent.get(kind) ?? 0) + more);
  }
  return [...spent].sort(([, a], [, b]) => b - a);
}

/** Percent of one core that all threads of this process take together, for so many seconds. */
export async function measureProcessor(seconds: number): Promise<number> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await delay(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - begun);
}

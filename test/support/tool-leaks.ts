/**
 * Runs around every test file: what a file has opened it must have closed, threads first of all.
 * Sockets of clients are left out, because `fetch` keeps its own for a while.
 */

import { subscribe } from "node:diagnostics_channel";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterAll } from "vitest";
import { endPrograms } from "./program.ts";

/** How long closing may take after the last test, in milliseconds. */
const SETTLE_MS_MAX = 2_000;

const watchedKinds = [
  "FSEventWrap",
  "MessagePort",
  "ProcessWrap",
  "StatWatcher",
  "TCPServerWrap",
  "Timeout",
];

const threads = new Set<Worker>();

subscribe("worker_threads", (message) => {
  const { worker } = message as { worker: Worker };
  threads.add(worker);
  worker.once("exit", () => threads.delete(worker));
});

const before = countKinds(process.getActiveResourcesInfo());

afterAll(async () => {
  await endPrograms();
  const deadline = performance.now() + SETTLE_MS_MAX;
  while (openKinds().length > 0 && performance.now() < deadline) await setTimeout(10);
  const open = openKinds();
  if (open.length > 0) throw new Error(`this file leaves open: ${open.join(", ")}`);
});

function openKinds(): readonly string[] {
  const now = countKinds(process.getActiveResourcesInfo());
  const open = watchedKinds.filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0));
  return threads.size > 0 ? [`${threads.size} threads`, ...open] : open;
}

function countKinds(kinds: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

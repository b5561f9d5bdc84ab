/**
 * Counts and slows down all syncs of a process, those of native code included, by a small library that is
 * preloaded into it. Needs Linux and a C compiler.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./sync-probe.c", import.meta.url));

/** The compiled library, in the folder; undefined if this machine cannot make it. */
export function buildSyncProbe(folder: string): string | undefined {
  const library = join(folder, "sync-probe.so");
  const args = ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"];
  const isBuilt = process.platform === "linux" && spawnSync("cc", args).status === 0;
  return isBuilt ? library : undefined;
}

/** The environment of a process with the library: its syncs are counted in `count`, each takes longer. */
export function withSyncProbe(library: string, count: string, delayMs = 0): NodeJS.ProcessEnv {
  const SYNC_DELAY_US = String(delayMs * 1_000);
  return { ...process.env, LD_PRELOAD: library, SYNC_COUNT: count, SYNC_DELAY_US };
}

/** Syncs so far of the processes that count in this file. */
export function countSyncs(count: string): number {
  return Number(readFileSync(count).readBigUInt64LE());
}

/**
 * A small library that is preloaded into a process and observes all its syncs, those of native code
 * included: counts them, slows them down, notes what SQLite writes. Needs Linux and a C compiler.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./native/sync-probe.c", import.meta.url));

/** The compiled library, in the folder; undefined if this machine cannot make it. */
export function buildSyncProbe(folder: string): string | undefined {
  const library = join(folder, "sync-probe.so");
  const args = ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"];
  const isBuilt = process.platform === "linux" && spawnSync("cc", args).status === 0;
  return isBuilt ? library : undefined;
}

/** Variables of a process whose syncs are counted in a file, and made slower. */
export function countedSyncs(library: string, count: string, delayMs = 0) {
  return { LD_PRELOAD: library, SYNC_COUNT: count, SYNC_DELAY_US: String(delayMs * 1_000) };
}

/** Syncs so far of the processes that count in this file. */
export function readSyncCount(count: string): number {
  return Number(readFileSync(count).readBigUInt64LE());
}

/** Variables of a process whose writes to files of SQLite are noted in a file, with their syncs. */
export function notedWrites(library: string, writes: string) {
  return { LD_PRELOAD: library, SYNC_WRITES: writes };
}

/** A part of a file, in bytes. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

/** By inode: what was written to files of SQLite and not synced afterwards. */
export function readUnsyncedWrites(writes: string): ReadonlyMap<string, readonly FileRange[]> {
  const unsynced = new Map<string, (FileRange & { readonly line: number })[]>();
  const begun = new Map<string, number>();
  // The last line may be cut, because the process was stopped in mid-write.
  const lines = readFileSync(writes, "utf8").split("\n").slice(0, -1);
  for (const [line, text] of lines.entries()) {
    const [kind, ino = "", a = "", b = ""] = text.split(" ");
    const ranges = unsynced.get(ino) ?? [];
    if (kind === "B") begun.set(a, line);
    if (kind === "W")
      unsynced.set(ino, [...ranges, { offset: Number(a), length: Number(b), line }]);
    // A write during a sync may be in it or not.
    const from = kind === "E" ? (begun.get(a) ?? 0) : 0;
    if (kind === "E")
      unsynced.set(
        ino,
        ranges.filter((range) => range.line > from),
      );
  }
  return unsynced;
}

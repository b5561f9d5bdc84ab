/** Memory and processor time of another process, as Linux counts them. */

import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Ticks a second of the times in `/proc`, the same on all of Linux's usual platforms. */
const TICKS = 100;

export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** The most that was resident at any time. */
export function peakBytes(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

function statusBytes(pid: number, name: string): number {
  const line = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m");
  const [, kib = "0"] = line.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1_024;
}

/** Percent of one core that all threads of the process take together, for so many seconds. */
export async function percentOfCore(pid: number, seconds: number): Promise<number> {
  const before = spentSeconds(pid);
  const begun = performance.now();
  await delay(seconds * 1_000);
  return ((spentSeconds(pid) - before) * 100_000) / (performance.now() - begun);
}

/** Threads that have ended included. */
function spentSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name, which may have blanks: user and system time are the 12th and 13th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

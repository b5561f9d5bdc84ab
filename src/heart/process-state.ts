/** What the system shows of another process, for the vigil. */

import { readFileSync } from "node:fs";
import type { ProcessState } from "./vigil.ts";

/** On Linux; elsewhere nothing is known, and each check counts. */
export function readProcessState(pid: number): ProcessState {
  const status = readText(`/proc/${pid}/status`);
  // Its main thread's time on a processor, and its wait for one, in nanoseconds.
  const waited = Number(readText(`/proc/${pid}/schedstat`).split(" ")[1] ?? 0);
  return {
    isHeld: /^State:\s[TtD]/m.test(status) || /^TracerPid:\s[1-9]/m.test(status),
    waitedMs: waited / 1e6,
  };
}

/** The file as text; empty if it does not exist. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

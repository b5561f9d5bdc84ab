/** What the system shows of another process, for the vigil over it. */

import { readFileSync } from "node:fs";
import type { ProcessState } from "./vigil.ts";

/** On Linux; elsewhere nothing is known, and each look counts. */
export function readProcessState(pid: number): ProcessState {
  const status = readText(`/proc/${pid}/status`);
  // Of its main thread: time on a processor, time that it waited for one, in nanoseconds.
  const waited = Number(readText(`/proc/${pid}/schedstat`).split(" ")[1] ?? 0);
  return {
    isHeld: /^State:\s[TtD]/m.test(status) || /^TracerPid:\s[1-9]/m.test(status),
    waitedMs: waited / 1e6,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

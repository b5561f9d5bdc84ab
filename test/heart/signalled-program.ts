/** A program that is asked to end and then blocks its event loop, for stop-signal.test.ts. */

import { readFileSync } from "node:fs";
import { StopSignal } from "../../src/heart/stop-signal.ts";

/** Longer than an echo counts. */
const BLOCKED_MS = 800;
const STDIN_FD = 0;

const report = (text: string) => process.send?.(text);

const stop = new StopSignal({
  onRequested: (why) => {
    report(`requested by ${why}`);
    // Until the test closes it. Not by `process.stdin`, which makes it a stream that does not wait.
    readFileSync(STDIN_FD);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
  },
  onInsisted: (signal) => report(`insisted by ${signal}`),
});

process.on("message", (message) => {
  if (message === "end") stop.request("its heart");
  // After the signals that have arrived.
  else setImmediate(report, "still here");
});
process.on("disconnect", () => process.exit());
report("ready");

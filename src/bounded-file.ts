/**
 * Reads a small file of the user's, whatever has its name: also a pipe, which password managers put in place of
 * `.env`, and which shells pass for the output of a program. A pipe that nobody fills, or a device without an
 * end, would keep the process in one call that no signal ends.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Milliseconds for a pipe to be filled. */
const PIPE_MS_MAX = 5_000;
const PAUSE_MS = 10;
const PART_BYTES = 65_536;

/**
 * The file's first bytes: one more than `bytesMax` if it is larger than that.
 * @throws the operating system's error, or one with the code `ETIMEDOUT`.
 */
export function readAtMost(path: string, bytesMax: number, pipeMsMax = PIPE_MS_MAX): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const parts: Buffer[] = [];
    const lateAt = performance.now() + pipeMsMax;
    let bytes = 0;
    for (;;) {
      const part = Buffer.alloc(Math.min(PART_BYTES, bytesMax + 1 - bytes));
      const read = tryRead(file, part);
      parts.push(part.subarray(0, read ?? 0));
      bytes += read ?? 0;
      if (bytes > bytesMax || (read === 0 && !isUnfilled(file, bytes))) return Buffer.concat(parts);
      if (read === undefined || read === 0) pause(lateAt);
    }
  } finally {
    closeSync(file);
  }
}

/** Undefined if there is nothing yet. */
function tryRead(file: number, part: Buffer): number | undefined {
  try {
    return readSync(file, part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

/** True for a pipe that nobody has written to yet. */
function isUnfilled(file: number, bytes: number): boolean {
  return bytes === 0 && fstatSync(file).isFIFO();
}

function pause(lateAt: number): void {
  if (performance.now() > lateAt) {
    const message = "ETIMEDOUT: a pipe to which nothing was written in time";
    throw Object.assign(new Error(message), { code: "ETIMEDOUT" });
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

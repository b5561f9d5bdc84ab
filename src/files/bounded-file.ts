/**
 * Reads a small file of the user's with a limit of bytes and of time. Password managers put a pipe in place of
 * `.env`, and shells pass one for the output of a program. With a plain read, a pipe that nobody fills, or a
 * device such as /dev/zero, would block the process in a call that no signal ends.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds without a byte until a pipe is given up. */
const PIPE_MS_MAX = 5_000;
/** Milliseconds without a byte until the wait is reported. */
const SILENT_MS_MAX = 1_500;
const PAUSE_MS = 10;
const PART_BYTES = 65_536;

export interface ReadOptions {
  /** In place of {@link PIPE_MS_MAX}. */
  readonly pipeMsMax?: number;
  /** In place of {@link SILENT_MS_MAX}. */
  readonly silentMsMax?: number;
  /** Called once, after that time, with the milliseconds after which the wait ends. */
  readonly onWait?: (pipeMsMax: number) => void;
  /** Signals end the process while it waits, because their listeners could not run. */
  readonly endsBySignal?: boolean;
}

/**
 * The file's first bytes: one more than `bytesMax` if it is larger than that. While it waits for a pipe, this
 * thread does nothing else.
 * @throws the operating system's error, or one with the code `ETIMEDOUT`.
 */
export function readAtMost(path: string, bytesMax: number, options: ReadOptions = {}): Buffer {
  const reading = readParts(path, bytesMax, options);
  for (let next = reading.next(); ; next = reading.next()) {
    if (next.done === true) return next.value;
    if (options.endsBySignal === true) next.value.takeListeners();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/**
 * {@link readAtMost} for a thread that has other work while it waits for a pipe. Never rejects: resolves with
 * a function that returns the bytes, or throws.
 */
export async function readAtMostAside(
  path: string,
  bytesMax: number,
  options: Omit<ReadOptions, "endsBySignal"> = {},
): Promise<() => Buffer> {
  try {
    const reading = readParts(path, bytesMax, options);
    for (let next = reading.next(); ; next = reading.next()) {
      if (next.done === true) {
        const bytes = next.value;
        return () => bytes;
      }
      await delay(PAUSE_MS);
    }
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Yields when the caller must pause. */
function* readParts(
  path: string,
  bytesMax: number,
  options: ReadOptions,
): Generator<PipeWait, Buffer, undefined> {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  // Without `using`: an older Node, which loads the library, does not know it.
  const wait = new PipeWait(options);
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    while (bytes <= bytesMax) {
      const part = Buffer.alloc(Math.min(PART_BYTES, bytesMax + 1 - bytes));
      const read = tryRead(file, part);
      if (read === 0 && (wait.hasWriter || !fstatSync(file).isFIFO())) break;
      // Without a writer, a pipe is at its end from the start.
      if (read !== 0) wait.hasWriter = true;
      if (read === undefined || read === 0) {
        wait.check();
        yield wait;
        continue;
      }
      wait.renew();
      parts.push(part.subarray(0, read));
      bytes += read;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(file);
    wait.end();
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

const END_SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** The wait for a pipe to be filled. */
class PipeWait {
  /** True once somebody has opened it for writing. */
  hasWriter = false;
  readonly #options: ReadOptions;
  /** When there was the last byte. */
  #since = performance.now();
  #isReported = false;
  /** The listeners that were taken away. */
  #taken: readonly (() => void)[] = [];
  #hasTaken = false;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  renew(): void {
    this.#since = performance.now();
  }

  /** @throws an error with the code `ETIMEDOUT` */
  check(): void {
    const { pipeMsMax = PIPE_MS_MAX, silentMsMax = SILENT_MS_MAX, onWait } = this.#options;
    const waitedMs = performance.now() - this.#since;
    if (waitedMs > silentMsMax && !this.#isReported) {
      this.#isReported = true;
      onWait?.(pipeMsMax);
    }
    if (waitedMs <= pipeMsMax) return;
    const message = "ETIMEDOUT: a pipe to which nothing was written in time";
    throw Object.assign(new Error(message), { code: "ETIMEDOUT" });
  }

  end(): void {
    for (const giveBack of this.#taken) giveBack();
  }

  /** Until {@link end}: they could not run. */
  takeListeners(): void {
    if (this.#hasTaken) return;
    this.#hasTaken = true;
    this.#taken = END_SIGNALS.flatMap((signal) => {
      const listeners = process.listeners(signal);
      process.removeAllListeners(signal);
      return listeners.map((one) => () => void process.on(signal, one));
    });
  }
}

/**
 * Reads a small file of the user's with a limit of bytes and of time. Password managers put a pipe in place of
 * `.env`, and shells pass one for the output of a program. With a plain read, a pipe that nobody fills, or a
 * device such as /dev/zero, would block the process in a call that no signal ends.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Milliseconds without a byte until a pipe is given up: the main thread does nothing else meanwhile. */
const PIPE_MS_MAX = 5_000;
const PAUSE_MS = 10;
const PART_BYTES = 65_536;

export interface ReadOptions {
  /** In place of {@link PIPE_MS_MAX}. */
  readonly pipeMsMax?: number;
  /** Signals end the process while it waits, because their listeners could not run. */
  readonly endsBySignal?: boolean;
}

/**
 * The file's first bytes: one more than `bytesMax` if it is larger than that.
 * @throws the operating system's error, or one with the code `ETIMEDOUT`.
 */
export function readAtMost(path: string, bytesMax: number, options: ReadOptions = {}): Buffer {
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
      if (read !== undefined && read > 0) wait.renew();
      else wait.pause();
      // Without a writer, a pipe is at its end from the start.
      if (read !== 0) wait.hasWriter = true;
      parts.push(part.subarray(0, read ?? 0));
      bytes += read ?? 0;
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
  #lateAt: number;
  /** The listeners that were taken away. */
  #taken: readonly (() => void)[] = [];
  #hasTaken = false;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#lateAt = this.#nextLateAt();
  }

  renew(): void {
    this.#lateAt = this.#nextLateAt();
  }

  /** @throws an error with the code `ETIMEDOUT` */
  pause(): void {
    if (performance.now() > this.#lateAt) {
      const message = "ETIMEDOUT: a pipe to which nothing was written in time";
      throw Object.assign(new Error(message), { code: "ETIMEDOUT" });
    }
    if (this.#options.endsBySignal === true && !this.#hasTaken) this.#takeListeners();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }

  end(): void {
    for (const giveBack of this.#taken) giveBack();
  }

  #nextLateAt(): number {
    return performance.now() + (this.#options.pipeMsMax ?? PIPE_MS_MAX);
  }

  #takeListeners(): void {
    this.#hasTaken = true;
    this.#taken = END_SIGNALS.flatMap((signal) => {
      const listeners = process.listeners(signal);
      process.removeAllListeners(signal);
      return listeners.map((one) => () => void process.on(signal, one));
    });
  }
}

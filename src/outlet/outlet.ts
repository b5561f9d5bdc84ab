/**
 * An outlet: stdout or stderr of a process that must never wait for its reader. Lines that cannot be
 * written now wait; beyond a limit they are dropped and counted, and one line reports the count once
 * writing is possible again.
 *
 * Invariant: no call here blocks. On Linux a pipe or a terminal is opened a second time, because its own
 * file description can be non-blocking without a change to that of the processes which share it.
 *
 * Rejected: Node's streams, which keep everything in memory; a thread for the log, which still blocks
 * at the end; the heart as a relay, which copies each line once more and loses colours.
 */

import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isatty } from "node:tty";

/** Bytes that may wait in each outlet. */
export const WAITING_BYTES_MAX = 1024 * 1024;
/** Milliseconds before a write is tried again: for a slow reader, and for one that is away. */
const RETRY_MS = { min: 10, max: 500 };

const NEWLINE = 10;

/** Where bytes are written. */
interface Way {
  readonly fd: number;
  /** Called before each write, if others may have made the descriptor a blocking one. */
  readonly unblock?: () => void;
}

/** Node's stream for a descriptor, with the part that sets the descriptor's mode. */
interface NodeStream {
  readonly _handle?: { setBlocking?(isBlocking: boolean): number };
}

export class Outlet {
  readonly fd: number;
  readonly #makeStream: () => NodeStream;
  #way: Way | undefined;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Lines dropped since the last report. While there are any, further ones are dropped too. */
  #dropped = 0;
  #retryMs = RETRY_MS.min;
  #retry: NodeJS.Timeout | undefined;
  /** True if the last write failed other than by "try again". */
  #isBroken = false;

  /** @param makeStream makes Node's stream for `fd`, if the descriptor cannot be opened again */
  constructor(fd: number, makeStream: () => NodeStream) {
    this.fd = fd;
    this.#makeStream = makeStream;
  }

  /** Lines dropped since the last report. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes what can be written now; the rest waits. Never throws. */
  write(text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    if (bytes.length === 0) return;
    if (this.#dropped > 0 || this.#waitingBytes + bytes.length > WAITING_BYTES_MAX)
      this.#dropped += countLines(bytes);
    else this.#keep(bytes);
    // A retry that is due makes an attempt before it useless.
    if (this.#retry === undefined) this.#flush();
  }

  /** Resolves when everything is written, after `ms` milliseconds, or when nothing can be written. */
  async drain(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    for (;;) {
      this.#flush();
      const isDone = this.#waiting.length === 0 || this.#isBroken;
      if (isDone || performance.now() >= deadline) return;
      await delay(RETRY_MS.min);
    }
  }

  #flush(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    while (this.#writeNext()) if (this.#waiting.length === 0) this.#reportDropped();
    if (this.#waiting.length === 0) return;
    this.#retry = setTimeout(() => this.#flush(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.max);
  }

  /** @returns false if nothing waits or nothing can be written now */
  #writeNext(): boolean {
    const [bytes] = this.#waiting;
    if (bytes === undefined) return false;
    try {
      this.#way ??= openWay(this.fd, this.#makeStream);
      this.#way.unblock?.();
      const written = writeSync(this.#way.fd, bytes);
      this.#isBroken = false;
      this.#retryMs = RETRY_MS.min;
      this.#waitingBytes -= written;
      if (written < bytes.length) this.#waiting[0] = bytes.subarray(written);
      else this.#waiting.shift();
      return true;
    } catch (error) {
      this.#isBroken = (error as NodeJS.ErrnoException).code !== "EAGAIN";
      return false;
    }
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const line = `troupe: ${this.#dropped} lines of output were dropped because they could not be written\n`;
    this.#dropped = 0;
    this.#keep(Buffer.from(line));
  }

  #keep(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }
}

/** @throws {Error} if no reader has the other end of the pipe open */
function openWay(fd: number, makeStream: () => NodeStream): Way {
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd };
  const isTerminal = isatty(fd);
  if (!isTerminal && !stat.isFIFO() && !stat.isSocket()) return { fd };
  if (process.platform === "linux" && !stat.isSocket()) {
    try {
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
      return { fd: openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENXIO") throw error;
      // A pipe of another user, as in some containers.
    }
  }
  // A process of Node that shares the descriptor (npm, the heart) resets its mode when it ends.
  const { _handle: handle } = makeStream();
  return { fd, unblock: () => void handle?.setBlocking?.(false) };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return Math.max(1, lines);
}

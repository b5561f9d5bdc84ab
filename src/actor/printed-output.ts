/**
 * The output of an agent's code: stdout, stderr, the console and Node's warnings become lines of its
 * log, in its own thread. Node would post each piece to the main thread, without any limit.
 * Not covered: writes to the descriptors themselves (`fs.writeSync(1, …)`, a child process that
 * inherits them).
 */

import { Writable } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import { format } from "node:util";

/** Milliseconds after which an unfinished line is logged. */
const PARTIAL_MS = 200;

/** Replaces the thread's streams. Call it before any foreign code, and before the console is used. */
export function captureOutput(onLine: (line: string) => void, charsMax: number): OutputLines {
  const lines = new OutputLines(onLine, charsMax);
  for (const name of ["stdout", "stderr"] as const) {
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: unknown, _encoding, done) {
        lines.write(String(chunk));
        done();
      },
    });
    answerNode(stream, process[name]);
    Object.defineProperty(process, name, { configurable: true, enumerable: true, value: stream });
  }
  // Node writes some warnings with this function, directly to the descriptor.
  Reflect.set(process, "_rawDebug", (...args: unknown[]) => lines.write(`${format(...args)}\n`));
  return lines;
}

/** Node calls its own stream by symbols when the main thread reads; there is nothing to read. */
function answerNode(stream: Writable, replaced: NodeJS.WriteStream): void {
  for (const symbol of Object.getOwnPropertySymbols(Object.getPrototypeOf(replaced))) {
    if (!(symbol in stream)) Reflect.set(stream, symbol, () => undefined);
  }
}

/** Joins pieces of text into lines. */
export class OutputLines {
  readonly #onLine: (line: string) => void;
  readonly #charsMax: number;
  /** The kept part of the unfinished line. */
  #begun = "";
  #timer: NodeJS.Timeout | undefined;

  /** @param charsMax a longer line is cut */
  constructor(onLine: (line: string) => void, charsMax: number) {
    this.#onLine = onLine;
    this.#charsMax = charsMax;
  }

  write(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#add(text, start, end);
      this.#endLine();
      start = end + 1;
    }
    this.#add(text, start, text.length);
    if (this.#begun !== "") this.#timer ??= setTimeout(() => this.flush(), PARTIAL_MS).unref();
  }

  /** Logs an unfinished line. */
  flush(): void {
    if (this.#begun !== "") this.#endLine();
  }

  #add(text: string, start: number, end: number): void {
    const room = this.#charsMax - this.#begun.length;
    if (room > 0 && end > start) this.#begun += text.slice(start, Math.min(end, start + room));
  }

  #endLine(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const line = this.#begun;
    this.#begun = "";
    if (line.trim() !== "") this.#onLine(line);
  }
}

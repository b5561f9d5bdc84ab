/**
 * A command in a terminal of its own, as a person sees it. The terminal is made by `script`, which is
 * part of every Debian and of most other systems; where it is missing the test fails.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly rows?: number;
  readonly columns?: number;
}

/** Goes before the command, to learn its process. */
const PID_MARK = /terminal of (\d+)\r?\n/;

export class PseudoTerminal implements AsyncDisposable {
  /** All that was written, as it came. */
  output = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #onOutput = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(command: readonly string[], options: TerminalOptions) {
    const { cwd, env = {}, rows = 24, columns = 120 } = options;
    const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const inside = `stty rows ${rows} cols ${columns}; echo terminal of $$; exec ${quoted}`;
    this.#child = spawn("script", ["-qfec", inside, "/dev/null"], {
      cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        SHELL: "/bin/sh",
        TERM: "xterm-256color",
        TROUPE_PORT: "0",
        ...env,
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    // A command that has ended reads no keys.
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
      this.#wake();
    });
    this.#closed = once(this.#child, "close").then(([code]: (number | null)[]) => {
      this.#isClosed = true;
      this.#wake();
      return code ?? null;
    });
  }

  /** Lines on the screen now, without what is behind their last character. */
  get screen(): readonly string[] {
    return screenOf(this.output);
  }

  press(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Sends a signal to the command itself. */
  signal(signal: NodeJS.Signals): void {
    process.kill(Number(PID_MARK.exec(this.output)?.[1]), signal);
  }

  /** Resolves with the screen once a line of it matches. */
  async saw(pattern: RegExp): Promise<readonly string[]> {
    for (;;) {
      const { screen } = this;
      if (screen.some((line) => pattern.test(line))) return screen;
      if (this.#isClosed) throw new Error(`ended without ${pattern}:\n${this.output}`);
      await this.#onOutput.promise;
    }
  }

  /** Resolves with the command's exit code. */
  ended(): Promise<number | null> {
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #wake(): void {
    this.#onOutput.resolve();
    this.#onOutput = Promise.withResolvers();
  }
}

/** What the few sequences that Troupe writes leave on a screen. */
function screenOf(output: string): readonly string[] {
  const lines: string[] = [];
  let row = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal reads
  for (const [, control, text] of output.matchAll(/\u001b\[([?\d;]*[A-Za-z])|([^\u001b]+)/g)) {
    if (text !== undefined) lines[row] = (lines[row] ?? "") + text;
    else if (control === "2J") lines.length = 0;
    else if (control === "2K") lines[row] = "";
    else if (control?.endsWith("H")) row = Number.parseInt(control, 10) - 1;
  }
  return Array.from(lines, (line) => (line ?? "").trimEnd());
}

/** The real program as a child process, as a person starts it, for end-to-end tests. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const builtEntry = fileURLToPath(new URL("../../dist/troupe.js", import.meta.url));

export interface ProgramOptions {
  /** Working directory: that of `.env`, and of the database unless `db` is given. */
  readonly cwd: string;
  /** Of the build, unless it is given. */
  readonly entry?: string;
  /** By default without a heart: what a test kills shall stay dead. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** True for a group of processes of its own, which ends as a whole with the test. */
  readonly isGroup?: boolean;
}

/** Programs of this process of which something runs yet. */
const running = new Set<Program>();

/** Ends what a test that ran out of time has left behind, which ends no `await using`. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program[Symbol.asyncDispose]()));
}

export class Program implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | NodeJS.Signals>;
  readonly #closed: Promise<unknown>;
  readonly #isGroup: boolean;
  #onLine = Promise.withResolvers<void>();

  constructor(options: ProgramOptions) {
    const { cwd, args = ["start", "--no-heart"], env = {}, isGroup = false } = options;
    const { entry = builtEntry } = options;
    this.#isGroup = isGroup;
    this.#child = spawn(process.execPath, [entry, ...args], {
      cwd,
      // Any free port: several programs run side by side.
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        TROUPE_PORT: "0",
        TROUPE_LOG_FORMAT: "text",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: isGroup,
    });
    const child = this.#child;
    this.#closed = once(child, "close");
    this.#exited = once(child, "exit").then(([code, signal]) => code ?? signal);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => this.#hear(line));
    }
    running.add(this);
    this.#closed.then(
      () => running.delete(this),
      () => undefined,
    );
    this.#exited.then(
      () => this.#onLine.resolve(),
      () => undefined,
    );
  }

  /** Starts the program and resolves once it serves. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options);
    await program.line(/^model/);
    return program;
  }

  get isAlive(): boolean {
    return !this.#hasExited;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get output(): string {
    return this.lines.join("\n");
  }

  /** Resolves with the first line, of those so far and to come, that matches. */
  async line(pattern: RegExp): Promise<string> {
    for (let at = 0; ; at += 1) {
      while (at >= this.lines.length) {
        if (this.#hasExited) throw new Error(`ended without ${pattern}:\n${this.output}`);
        await this.#onLine.promise;
      }
      const line = this.lines[at] ?? "";
      if (pattern.test(line)) return line;
    }
  }

  /** The address and the token that it prints once it serves. */
  async served(): Promise<{ readonly address: string; readonly token: string }> {
    const line = await this.line(/^Troupe serves/);
    const [, address = "", token = ""] = /(http:\S+)\/\?token=(\S+)/.exec(line) ?? [];
    return { address, token };
  }

  /** Asks the program to end and resolves with its exit code. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | NodeJS.Signals> {
    if (!this.#hasExited) this.#child.kill(signal);
    return await this.#exited;
  }

  exited(): Promise<number | NodeJS.Signals> {
    return this.#exited;
  }

  /** Resolves once no process has its output open any more. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  /** Sends the signal as a terminal does: to each process of the group. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isGroup) {
      try {
        this.signalGroup("SIGKILL");
      } catch {
        // No process of it is left.
      }
    }
    await this.end("SIGKILL");
    await this.#closed;
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #hear(line: string): void {
    this.lines.push(line);
    this.#onLine.resolve();
    this.#onLine = Promise.withResolvers();
  }
}

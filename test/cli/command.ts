/** One command line as a child process, from the sources, with its two outputs apart. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectRoot } from "../support/tool-source.ts";

const entry = join(projectRoot, "src/troupe.ts");

/** Nothing of the environment that the tests run in. The cache halves what a command costs. */
const childEnvironment = {
  PATH: process.env["PATH"],
  TROUPE_LOG_FORMAT: "text",
  HOME: process.env["HOME"],
  // Any free port: several programs run side by side.
  TROUPE_PORT: "0",
  NODE_COMPILE_CACHE: join(projectRoot, "build/compile-cache"),
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandPlace {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end. */
export async function troupe(place: CommandPlace, ...args: readonly string[]): Promise<Ended> {
  await using command = new RunningCommand(place, args);
  return await command.ended();
}

export class RunningCommand implements AsyncDisposable {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #onOutput = Promise.withResolvers<void>();
  #isClosed = false;

  constructor({ cwd, env = {} }: CommandPlace, args: readonly string[]) {
    this.#child = spawn(process.execPath, [entry, ...args], {
      cwd,
      env: { ...childEnvironment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#closed = once(this.#child, "close").then(([code]: (number | null)[]) => {
      this.#isClosed = true;
      this.#wake();
      return code ?? null;
    });
    this.#hear("stdout");
    this.#hear("stderr");
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves with the first match in an output so far or to come. */
  async saw(pattern: RegExp, output: "stdout" | "stderr" = "stdout"): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this[output]);
      if (found !== null) return found;
      if (this.#isClosed)
        throw new Error(`ended without ${pattern}:\n${this.stdout}${this.stderr}`);
      await this.#onOutput.promise;
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Nobody reads its data any more. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  async ended(): Promise<Ended> {
    const code = await this.#closed;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #hear(output: "stdout" | "stderr"): void {
    this.#child[output]?.setEncoding("utf8").on("data", (text: string) => {
      this[output] += text;
      this.#wake();
    });
  }

  #wake(): void {
    this.#onOutput.resolve();
    this.#onOutput = Promise.withResolvers();
  }
}

/** Starts child.ts and reads what it prints, line by line; kills it when disposed. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

/** More variables of its environment. */
type Env = Readonly<Record<string, string>>;

export class Child implements AsyncDisposable {
  /** Printed so far. */
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly #reader: Interface;
  readonly #exited: Promise<unknown>;

  constructor(verb: string, location: string, ...rest: readonly (string | Env)[]) {
    const args = [verb, location, ...rest.filter((part) => typeof part === "string")];
    const env = rest.find((part) => typeof part !== "string");
    const path = fileURLToPath(new URL("./child.ts", import.meta.url));
    this.process = spawn(process.execPath, [path, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, LANCEDB_LOG: "error", ...env },
    });
    if (this.process.stdout === null) throw new Error("child has no stdout");
    this.#reader = createInterface(this.process.stdout);
    this.#reader.on("line", (line) => this.lines.push(line));
    this.#exited = Promise.all([once(this.process, "exit"), once(this.#reader, "close")]);
  }

  /** Resolves once it has printed so many lines, or has ended. */
  async printed(count: number): Promise<void> {
    while (this.lines.length < count && this.process.exitCode === null) {
      await Promise.race([once(this.#reader, "line"), this.#exited]);
    }
  }

  /** Resolves with the exit code once all that it printed is read; null when it was killed. */
  async ended(): Promise<number | null> {
    await this.#exited;
    return this.process.exitCode;
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

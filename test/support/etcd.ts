/** A real etcd at a free port, with its data in a temporary folder. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { freePort } from "./listening.ts";
import type { Needed } from "./needed-programs.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

export const etcdPrograms: Needed = {
  purpose: "leases in etcd",
  programs: ["etcd"],
  packages: ["etcd-server"],
};

export class Etcd implements AsyncDisposable {
  readonly url: string;
  readonly #folder: TempFolder;
  readonly #peer: string;
  readonly #flags: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(folder: TempFolder, ports: readonly number[], flags: readonly string[]) {
    this.#folder = folder;
    this.url = `http://127.0.0.1:${ports[0]}`;
    this.#peer = `http://127.0.0.1:${ports[1]}`;
    this.#flags = flags;
  }

  static async start(...flags: readonly string[]): Promise<Etcd> {
    await using made = new AsyncDisposableStack();
    const folder = made.use(await makeTempFolder());
    const etcd = made.use(new Etcd(folder, [await freePort(), await freePort()], flags));
    await etcd.up();
    made.move();
    return etcd;
  }

  /** Without the scheme. */
  get address(): string {
    return this.url.slice("http://".length);
  }

  /** Starts it on the data of the last time; resolves once it serves. */
  async up(): Promise<void> {
    const process = spawn(
      "etcd",
      [
        `--data-dir=${this.#folder.path}/etcd`,
        `--listen-client-urls=${this.url}`,
        `--advertise-client-urls=${this.url}`,
        `--listen-peer-urls=${this.#peer}`,
        `--initial-advertise-peer-urls=${this.#peer}`,
        `--initial-cluster=default=${this.#peer}`,
        ...this.#flags,
      ],
      { stdio: "ignore" },
    );
    this.#process = process;
    await until(async () => {
      if (process.exitCode !== null) throw new Error(`etcd ended with ${process.exitCode}`);
      return fetch(`${this.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  async down(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined) return;
    const ended = once(process, "exit");
    // Stopped or not.
    process.kill("SIGKILL");
    await ended;
  }

  /** It answers nothing, and its clock continues. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** As etcdctl would. */
  async call(method: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(`${this.url}${method}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method}: ${await response.text()}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await this.#folder[Symbol.asyncDispose]();
  }
}

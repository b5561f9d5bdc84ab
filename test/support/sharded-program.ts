/** A fleet of several shards: one program for each, as on one machine, below one root. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type ShardedClient, type TroupeError } from "../../src/index.ts";
import { Program, type ProgramOptions } from "./program.ts";
import { makeTempFolder } from "./temp-folder.ts";

export interface ShardedOptions {
  readonly shards: number;
  readonly env?: ProgramOptions["env"];
}

const TOKEN = "a-token-for-all-shards";

export class ShardedProgram implements AsyncDisposable {
  readonly folder: string;
  readonly root: string;
  /** A `fleet.json` with the addresses; the one in the root has none. */
  readonly addressed: string;
  readonly programs: Program[] = [];
  readonly #count: number;
  readonly #env: NonNullable<ProgramOptions["env"]>;
  readonly #opened: AsyncDisposableStack;

  private constructor(folder: string, options: ShardedOptions, opened: AsyncDisposableStack) {
    this.folder = folder;
    this.root = join(folder, "fleet");
    this.addressed = join(folder, "fleet-addresses.json");
    this.#count = options.shards;
    this.#env = { TROUPE_DB: this.root, TROUPE_TOKEN: TOKEN, TROUPE_LOG: "error", ...options.env };
    this.#opened = opened;
  }

  /** Resolves once all shards serve. */
  static async start(options: ShardedOptions): Promise<ShardedProgram> {
    const opened = new AsyncDisposableStack();
    const { path } = opened.use(await makeTempFolder());
    const fleet = new ShardedProgram(path, options, opened);
    try {
      await mkdir(fleet.root);
      await writeFile(join(fleet.root, "fleet.json"), JSON.stringify({ shards: options.shards }));
      const indexes = Array.from({ length: options.shards }, (_, index) => index);
      await Promise.all(indexes.map((index) => fleet.startShard(index)));
      await fleet.writeAddresses();
      return fleet;
    } catch (error) {
      await opened.disposeAsync();
      throw error;
    }
  }

  /** Starts a shard, or starts it again. */
  async startShard(index: number, flags: readonly string[] = []): Promise<Program> {
    const args = ["start", "--no-heart", "--shard", `${index}/${this.#count}`, ...flags];
    const program = this.#opened.use(
      await Program.start({ cwd: this.folder, args, env: this.#env }),
    );
    this.programs[index] = program;
    return program;
  }

  async writeAddresses(): Promise<void> {
    const served = await Promise.all(this.programs.map((program) => program.served()));
    const addresses = served.map(({ address }) => address);
    await writeFile(this.addressed, JSON.stringify({ shards: this.#count, addresses }));
  }

  connect(onUnreached?: (error: TroupeError) => void): ShardedClient {
    const given = onUnreached === undefined ? {} : { onUnreached };
    return connect({ fleet: this.addressed, token: TOKEN, ...given });
  }

  /** Runs a command of the CLI; resolves with its exit code and its lines of both streams. */
  async run(...args: readonly string[]) {
    await using program = new Program({ cwd: this.folder, args, env: this.#env });
    const code = await program.exited();
    await program.closed();
    return { code, lines: [...program.lines], output: program.output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

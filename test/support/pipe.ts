/** A named pipe, both ends of which a test has in its hands. */

import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";

export class Pipe implements AsyncDisposable {
  /** To be written to. Its description waits for a reader, as that of a shell's pipe does. */
  readonly writeEnd: number;
  readonly #readEnd: number;
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    const path = join(folder.path, "pipe");
    spawnSync("mkfifo", [path]);
    this.#readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeEnd = openSync(path, constants.O_WRONLY);
  }

  static async make(): Promise<Pipe> {
    return new Pipe(await makeTempFolder());
  }

  /** Writes to it until it takes nothing more. */
  fill(): void {
    const { O_WRONLY, O_NONBLOCK } = constants;
    const fd = openSync(join(this.#folder.path, "pipe"), O_WRONLY | O_NONBLOCK);
    try {
      for (;;) writeSync(fd, "filler\n");
    } catch {
      closeSync(fd);
    }
  }

  /** All that is in it now. */
  read(): string {
    const parts: Buffer[] = [];
    const bytes = Buffer.alloc(65_536);
    try {
      for (;;) {
        const count = readSync(this.#readEnd, bytes);
        if (count === 0) break;
        parts.push(Buffer.from(bytes.subarray(0, count)));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    return Buffer.concat(parts).toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    closeSync(this.writeEnd);
    closeSync(this.#readEnd);
    await this.#folder[Symbol.asyncDispose]();
  }
}

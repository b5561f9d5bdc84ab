/** A project of a user's own, in which Troupe is installed from its package, by the machine's own npm. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, constants, copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { machineEnv } from "./machine-node.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { projectRoot } from "./tool-source.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class OwnProject implements AsyncDisposable {
  /** The project's folder. */
  readonly path: string;
  /** The package's file. */
  readonly tarball: string;
  /** The environment of its shell: the machine's, and a version manager that has this test's Node. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: TempFolder;
  readonly #started = new Set<ChildProcess>();

  private constructor(folder: TempFolder, tarball: string) {
    this.#folder = folder;
    this.tarball = tarball;
    this.path = join(folder.path, "project");
    const tmp = join(folder.path, "tmp");
    this.env = { ...machineEnv(), NVM_DIR: join(folder.path, "nvm"), TMPDIR: tmp, CI: "1" };
  }

  /** Packs this project, and makes an empty folder for another one. */
  static async make(): Promise<OwnProject> {
    // Where other users may look as well; the folder for temporary files may be closed to them.
    const folder = await makeTempFolder("/tmp");
    await chmod(folder.path, 0o755);
    const versions = join(folder.path, "nvm/versions/node", process.version, "bin");
    await mkdir(versions, { recursive: true });
    await copyFile(process.execPath, join(versions, "node"), constants.COPYFILE_FICLONE);
    for (const name of ["project", "tmp", "package"]) await mkdir(join(folder.path, name));
    const target = join(folder.path, "package");
    const pack = spawn("npm", ["pack", "--ignore-scripts", "--pack-destination", target], {
      cwd: projectRoot,
      env: machineEnv(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [errors, [code]] = await Promise.all([text(pack.stderr), once(pack, "close")]);
    if (code !== 0) throw new Error(`npm pack: ${errors}`);
    const [tarball = ""] = await readdir(target);
    return new OwnProject(folder, join(target, tarball));
  }

  /** One command line of a shell in the project, to its end. */
  async run(command: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const shell = this.#spawn(command, env);
    const [stdout, stderr, [code]] = await Promise.all([
      text(shell.stdout as NodeJS.ReadableStream),
      text(shell.stderr as NodeJS.ReadableStream),
      once(shell, "close"),
    ]);
    return { code, stdout, stderr };
  }

  /** Starts a server with this command line; resolves once it serves. */
  async serve(
    command: string,
    env: Readonly<Record<string, string>> = {},
    options: Pick<SpawnOptions, "cwd" | "uid" | "gid"> = {},
  ): Promise<void> {
    const shell = this.#spawn(
      command,
      { TROUPE_PORT: "0", TROUPE_LOG_FORMAT: "text", ...env },
      options,
    );
    const lines: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    for (const stream of [shell.stdout, shell.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        lines.push(line);
        if (line.startsWith("model")) resolve();
      });
    }
    shell.once("close", () => reject(new Error(`${command} has ended:\n${lines.join("\n")}`)));
    await promise;
  }

  #spawn(
    command: string,
    env: Readonly<Record<string, string>>,
    options: Pick<SpawnOptions, "cwd" | "uid" | "gid"> = {},
  ): ChildProcess {
    const shell = spawn("sh", ["-c", command], {
      cwd: this.path,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      ...options,
    });
    this.#started.add(shell);
    return shell;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  /** Ends every process that was started here. */
  async stop(): Promise<void> {
    for (const shell of this.#started) {
      const closed = once(shell, "close");
      try {
        process.kill(-(shell.pid ?? 0), "SIGKILL");
        if (shell.stdout?.closed === false) await closed;
      } catch {
        // No process of it is left.
      }
    }
    this.#started.clear();
  }
}

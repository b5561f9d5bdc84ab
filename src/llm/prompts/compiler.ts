/** Compiles own BAML files in a separate process with a deadline, and makes their types. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileProcessEntry } from "../../entry-points.ts";
import { TroupeError } from "../../model/errors.ts";
import { compileFault } from "./compile-fault.ts";
import type { CompileJob, CompileReport } from "./compile-job.ts";
import type { PromptSet } from "./prompts.ts";

/** Milliseconds of processor time for the compiler and the generator of types. */
const CPU_MS_MAX = 10_000;
/** Milliseconds for a compiler that waits, or for a machine that is overloaded. */
const COMPILE_MS_MAX = 60_000;

export interface CompileOptions {
  /** The environment of the process; needs no key. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined;
  /** In place of {@link CPU_MS_MAX}. */
  readonly cpuMsMax?: number;
}

/**
 * @returns the types of the functions, TypeScript source; undefined if they could not be made
 * @throws {TroupeError} `PROMPT_INVALID` with file and line if a file is broken; also if the compiler
 * crashes, does not end in time or needs too much memory. `INTERNAL` if it cannot be run.
 */
export async function compilePrompts(
  set: PromptSet,
  options: CompileOptions,
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-baml-"));
  try {
    const { files, functions } = set;
    const { cpuMsMax = CPU_MS_MAX } = options;
    const job = { files, functions: Object.keys(functions), folder, cpuMsMax };
    const report = await run(job, options);
    switch (report.kind) {
      case "compiled":
        return report.types;
      case "broken":
        throw compileFault(report.message);
      case "too large":
        throw unusable("needed more than 1 GiB of memory", files);
      case "too slow":
        throw unusable(`did not end within ${cpuMsMax / 1_000} s of processor time`, files);
      case "ended":
        throw unusable(report.how, files);
      case "failed":
        throw new TroupeError("INTERNAL", `own BAML files were not compiled: ${report.message}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

type Report = CompileReport | { readonly kind: "ended"; readonly how: string };

async function run(job: CompileJob, options: CompileOptions): Promise<Report> {
  const { env, signal } = options;
  const child = fork(fileURLToPath(compileProcessEntry), {
    env: { ...env, BAML_LOG: "off" },
    execArgv: [],
    // What BAML prints may quote prompts.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  yieldToFleet(child);
  const { promise, resolve } = Promise.withResolvers<Report>();
  const end = () => void child.kill("SIGKILL");
  const timer = setTimeout(() => {
    resolve({ kind: "ended", how: `did not end within ${COMPILE_MS_MAX / 1_000} s` });
  }, COMPILE_MS_MAX);
  signal?.addEventListener("abort", end);
  child.on("message", (report: CompileReport) => resolve(report));
  child.on("error", ({ message }) => resolve({ kind: "failed", message }));
  child.on("exit", (code, by) => resolve({ kind: "ended", how: `crashed (${by ?? code})` }));
  child.send(job, () => undefined); // a child that has ended reports it by its exit
  if (signal?.aborted) end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    await ended(child);
  }
}

/** The fleet comes first, above all while it starts. */
function yieldToFleet({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system refuses.
  }
}

/** Ends the process and waits for its end. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** It is not known which file is the cause. */
function unusable(how: string, files: PromptSet["files"]): TroupeError {
  const names = Object.keys(files);
  const shown = names.length > 5 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  return new TroupeError("PROMPT_INVALID", `BAML's compiler ${how} on ${shown.join(", ")}`, {
    details: { files: shown },
  });
}

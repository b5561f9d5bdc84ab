/**
 * Compiles own BAML files, and makes their types: in a separate process with a deadline, because a text can
 * crash BAML's compiler or keep it busy forever.
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileProcessEntry } from "../../entry-points.ts";
import { TroupeError } from "../../model/errors.ts";
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

/** Mistakes named in one message. */
const SHOWN_MAX = 3;

/** The first line of a mistake, which may have more, and the first of the places that are shown for it. */
const MISTAKE =
  /^error: (?:Error validating: )?([^\n]+?):?\n(?:(?!error: )[^\n]*\n)*?\s*--> +([^\n]+):(\d+)$/gm;

/** Turns the compiler's message into one error that names files and lines. */
function compileFault(message: string): TroupeError {
  const found = [...message.replace(/^BamlError: /, "").matchAll(MISTAKE)].map(
    ([, problem = "", file = "", line = ""]) => ({ file, line: Number(line), problem }),
  );
  // The compiler's order differs from time to time.
  found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  const texts = [...new Set(found.map(({ file, line, problem }) => `${file}:${line}: ${problem}`))];
  const [first] = found;
  if (first === undefined) {
    const [line = ""] = message.split("\n");
    return new TroupeError("PROMPT_INVALID", `BAML's compiler refused the files: ${line}`);
  }
  const more = texts.length - SHOWN_MAX;
  const shown = more > 0 ? [...texts.slice(0, SHOWN_MAX), `and ${more} more`] : texts;
  return new TroupeError("PROMPT_INVALID", shown.join("; "), {
    details: { file: first.file, line: first.line },
  });
}

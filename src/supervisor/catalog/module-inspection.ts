/**
 * Inspects one user's module: its own thread loads it and reports what it defines, and is
 * terminated.
 * Invariant: a user's module is never loaded on the main thread.
 */

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Inspected } from "../../boundary/inspection.ts";
import { inspectEntry } from "../../entry-points.ts";
import { cutText } from "../../model/cut-text.ts";
import { isObject } from "../../model/parse-json.ts";
import { type DefinedSettings, parseDefined } from "../../model/type-settings.ts";
import type { ThreadRights } from "../thread/thread-rights.ts";
import { loadsTooLong } from "./load-deadline.ts";

/** Longest name of a type, and longest problem or picture that is reported, in characters. */
const TYPE_CHARACTERS_MAX = 128;
const PROBLEM_CHARACTERS_MAX = 2_000;

/** What a module defines, checked. */
export type Inspection =
  | (Omit<Inspected, "settings"> & { readonly settings: DefinedSettings })
  | Fault;

/** Why it cannot be used; `picture`: file, line and the lines around the fault, if known. */
export interface Fault {
  readonly problem: string;
  readonly picture?: string | undefined;
  /** Undefined: `AGENT_MODULE_BROKEN`. */
  readonly code?: "AGENT_ADDON_REFUSED" | undefined;
  /** Types that the file's text seems to define. */
  readonly types?: readonly string[];
}

export interface InspectOptions {
  readonly rights: ThreadRights;
  /** Ends the inspection and its thread. */
  readonly signal?: AbortSignal | undefined;
}

/** Never rejects: every failure of a module becomes its problem. */
export async function inspectModule(
  file: string,
  { rights, signal }: InspectOptions,
): Promise<Inspection> {
  if (signal?.aborted === true) return CANCELLED;
  const worker = new Worker(inspectEntry, {
    name: `inspect ${file}`,
    workerData: pathToFileURL(file).href,
    env: rights.env,
    execArgv: rights.mayLoadAddons === true ? [] : ["--no-addons"],
    stdout: true,
    stderr: true,
  });
  const { promise, resolve } = Promise.withResolvers<Inspection>();
  const loading = new AbortController();
  void loadsTooLong(worker, loading.signal).then((problem) => {
    if (problem !== undefined) resolve({ problem });
  });
  worker.on("message", (message: unknown) => resolve(parseInspection(message)));
  worker.on("error", (error) => resolve({ problem: String(error) }));
  worker.on("exit", () => resolve({ problem: "it ended its thread while it was loading" }));
  const cancel = () => resolve(CANCELLED);
  signal?.addEventListener("abort", cancel);
  const inspection = await promise;
  signal?.removeEventListener("abort", cancel);
  loading.abort();
  await worker.terminate();
  if (!("problem" in inspection)) return inspection;
  return { ...inspection, types: await readTypeNames(file) };
}

const TYPE_NAME = /\btype["']?\s*:\s*(["'`])([^"'`\n]{1,128})\1/g;

/**
 * The types that a module's text seems to define, without running it: so that agents of a type whose module is
 * broken get its fault and not only an unknown type.
 */
export async function readTypeNames(file: string): Promise<readonly string[]> {
  const source = await readFile(file, "utf8").catch(() => "");
  return [...source.matchAll(TYPE_NAME)].map(([, , name = ""]) => name);
}

const CANCELLED: Fault = { problem: "its inspection was cancelled" };

/** Checked, because the module can post anything to the main thread too. */
function parseInspection(message: unknown): Inspection {
  const given = Object(message) as Partial<Record<keyof Inspected | keyof Fault, unknown>>;
  const { type, problem, picture, code } = given;
  if (typeof type === "string" && type.length <= TYPE_CHARACTERS_MAX) {
    const settings = parseDefined(given.settings ?? {});
    if ("problem" in settings) return settings;
    const configSchema = asSchema(given.configSchema);
    const guidanceSchema = asSchema(given.guidanceSchema);
    const files = Array.isArray(given.files) ? given.files.map(String) : [];
    return { type, configSchema, guidanceSchema, settings, files };
  }
  if (typeof problem === "string") {
    return {
      problem: shortened(problem),
      picture: typeof picture === "string" ? shortened(picture) : undefined,
      code: code === "AGENT_ADDON_REFUSED" ? code : undefined,
    };
  }
  return { problem: `its type must be text of at most ${TYPE_CHARACTERS_MAX} characters` };
}

function shortened(text: string): string {
  return cutText(text, PROBLEM_CHARACTERS_MAX).toWellFormed();
}

/** A plain object; anything else was not posted by us. */
function asSchema(value: unknown): Inspected["configSchema"] {
  return isObject(value) ? value : null;
}

/**
 * The catalog of agent types: the built-in one and those of the user's modules.
 * Invariant: a user's module is never loaded on the main thread. A thread made for it loads it, says
 * what it defines and ends; whatever the module does meanwhile harms nobody.
 */

import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import pLimit from "p-limit";
import type { Inspected } from "../actor/inspect-thread.ts";
import { inspectEntry } from "../entries.ts";
import { cutText } from "../model/cut-text.ts";
import { TroupeError } from "../model/errors.ts";
import { type DefinedSettings, type DefinedType, parseDefined } from "../model/type-settings.ts";

/** Milliseconds that a module may take to load. */
const INSPECT_DEADLINE_MS = 10_000;
/** Modules looked into at the same time. */
const INSPECTED_AT_ONCE_MAX = 4;
/** Longest name of a type, and longest problem that is told, in characters. */
const TYPE_CHARACTERS_MAX = 128;
const PROBLEM_CHARACTERS_MAX = 2_000;
/** Modules in one folder. */
const MODULES_MAX = 1_000;
const MODULE_EXTENSIONS = new Set([".ts", ".mts", ".js", ".mjs"]);

/** One type of agent; `moduleUrl` is null for one that is built in. */
export interface AgentType extends DefinedType {
  readonly moduleUrl: string | null;
}

const builtIn: readonly AgentType[] = [
  { name: "joke", moduleUrl: null, source: "built-in", configSchema: null, settings: {} },
];

export interface CatalogReading {
  readonly types: readonly AgentType[];
  /** One error for each module that cannot be used: `AGENT_MODULE_BROKEN`, naming file and cause. */
  readonly problems: readonly TroupeError[];
}

export class AgentCatalog {
  #types: ReadonlyMap<string, AgentType> = byName(builtIn);

  /** @throws {TroupeError} `AGENT_TYPE_UNKNOWN` naming the known ones. */
  get(name: string): AgentType {
    const type = this.#types.get(name);
    if (type !== undefined) return type;
    const known = [...this.#types.keys()].join(", ");
    throw new TroupeError("AGENT_TYPE_UNKNOWN", `agent type must be one of ${known}, got ${name}`);
  }

  has(name: string): boolean {
    return this.#types.has(name);
  }

  get types(): readonly AgentType[] {
    return [...this.#types.values()];
  }

  replace(types: readonly AgentType[]): void {
    this.#types = byName(types);
  }
}

/**
 * Reads the modules under `path`, a folder or one module; null = only what is built in.
 * @throws {TroupeError} `SETTING_INVALID` where `path` is not there.
 */
export async function readCatalog(
  path: string | null,
  env: Readonly<Record<string, string>>,
): Promise<CatalogReading> {
  const types = [...builtIn];
  const problems: TroupeError[] = [];
  const limit = pLimit(INSPECTED_AT_ONCE_MAX);
  const files = path === null ? [] : await findModules(path);
  const inspections = files.map((file) => limit(() => inspect(file, env)));
  for (const [n, inspection] of (await Promise.all(inspections)).entries()) {
    const file = files[n] ?? "";
    if ("problem" in inspection) problems.push(broken(file, inspection.problem));
    else if (types.some(({ name }) => name === inspection.type)) {
      problems.push(broken(file, `its type ${inspection.type} is defined already`));
    } else {
      const { type: name, configSchema, settings } = inspection;
      const source = placeOf(file, path ?? "");
      types.push({ name, moduleUrl: pathToFileURL(file).href, source, configSchema, settings });
    }
  }
  return { types, problems };
}

/** The module's path in the folder of agents; its name where it was named itself. */
function placeOf(file: string, path: string): string {
  return relative(resolve(path), file).replaceAll("\\", "/") || basename(file);
}

async function findModules(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TroupeError(
      "SETTING_INVALID",
      `TROUPE_AGENTS must be a folder or a module, ${path} is not there`,
      { cause },
    );
  });
  if (!found.isDirectory()) return [resolve(path)];
  const names = (await readdir(path)).sort().filter(isModule);
  if (names.length > MODULES_MAX) {
    throw new TroupeError(
      "SETTING_INVALID",
      `TROUPE_AGENTS must hold at most ${MODULES_MAX} modules, ${path} has ${names.length}`,
    );
  }
  return names.map((name) => resolve(join(path, name)));
}

function isModule(name: string): boolean {
  const isDeclaration = /\.d\.m?ts$/.test(name);
  return MODULE_EXTENSIONS.has(extname(name)) && !name.startsWith(".") && !isDeclaration;
}

/** Never rejects: whatever a module does ends as its problem. */
async function inspect(file: string, env: Readonly<Record<string, string>>): Promise<Inspection> {
  const worker = new Worker(inspectEntry, {
    name: `inspect ${file}`,
    workerData: pathToFileURL(file).href,
    env,
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  const { promise, resolve: settle } = Promise.withResolvers<Inspection>();
  const deadline = `it must load within ${INSPECT_DEADLINE_MS / 1_000} s`;
  const timer = setTimeout(settle, INSPECT_DEADLINE_MS, { problem: deadline });
  worker.on("message", (message: unknown) => settle(parseInspection(message)));
  worker.on("error", (error) => settle({ problem: String(error) }));
  worker.on("exit", () => settle({ problem: "it ended its thread while it was loaded" }));
  const inspection = await promise;
  clearTimeout(timer);
  await worker.terminate();
  return inspection;
}

/** What a module defines, checked. */
type Inspection =
  | (Omit<Inspected, "settings"> & { readonly settings: DefinedSettings })
  | { readonly problem: string };

/** The module can post to the main thread as well, and anything. */
function parseInspection(message: unknown): Inspection {
  const { type, problem, configSchema, settings } = Object(message) as Partial<
    Record<keyof Inspected | "problem", unknown>
  >;
  if (typeof type === "string" && type.length <= TYPE_CHARACTERS_MAX) {
    const parsed = parseDefined(settings ?? {});
    if ("problem" in parsed) return parsed;
    return { type, configSchema: asSchema(configSchema), settings: parsed };
  }
  if (typeof problem === "string")
    return { problem: cutText(problem, PROBLEM_CHARACTERS_MAX).toWellFormed() };
  return { problem: `its type must be text of at most ${TYPE_CHARACTERS_MAX} characters` };
}

/** As a clone of JSON data has it; anything else was not posted by us. */
function asSchema(value: unknown): Inspected["configSchema"] {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Inspected["configSchema"]) : null;
}

function broken(file: string, problem: string): TroupeError {
  const message = problem.includes(file) ? problem : `agent module ${file}: ${problem}`;
  return new TroupeError("AGENT_MODULE_BROKEN", message, { details: { file } });
}

function byName(types: readonly AgentType[]): ReadonlyMap<string, AgentType> {
  return new Map(types.map((type) => [type.name, type]));
}

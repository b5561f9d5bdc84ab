/**
 * Shuts the doors that lead from an agent's thread to the main thread, or to settings of the whole
 * process, before any user's code is loaded. They exist for debuggers and old packages; through one, an
 * agent could run code on main, read its keys or halt it forever.
 *
 * This prevents accidents and careless packages. It is not a wall against code that was written to
 * break out: docs/agents.md lists what agents are trusted with.
 */

import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { doorsEntry } from "../entry-points.ts";
import {
  areRefused,
  NO_ADDONS,
  refuseAddons,
  refuseExtensions,
  refuseForeignFunctions,
} from "./addons.ts";

/** Options that would give a thread Node's internals, a hooks thread with open doors, or add-ons. */
const REFUSED_OPTION =
  /^--(addons|expose[-_]internals|(experimental[-_])?loader|experimental[-_]ffi|inspect)/;
/** The internal module that leads to main. */
const REFUSED_BINDING = "inspector";

/**
 * Must run before any foreign code of the thread. Modules that few agents use, and that take long to load,
 * keep open doors until they are asked for: {@link shutBefore} must be called for each module that is
 * resolved from then on.
 */
export function shutDoors(): void {
  // Its hooks run in one more thread, with open doors.
  shut("node:module", ["register"]);
  shutOnRequest();
  shutBindings();
  shutNestedThreads();
  refuseAddons();
  syncBuiltinESMExports();
}

/** {@link shutDoors}, those of all modules. */
export function shutAllDoors(): void {
  shutDoors();
  for (const name of lateDoors.keys()) shutBefore(name);
}

/** Must be called before the module of this URL is loaded. */
export function shutBefore(url: string): void {
  const shutDoor = lateDoors.get(url);
  if (shutDoor === undefined) return;
  // First: what follows loads the module.
  lateDoors.delete(url);
  shutDoor();
  syncBuiltinESMExports();
}

/** Doors that are still open, by their module's URL. */
const lateDoors = new Map<string, () => void>([
  ["node:inspector", shutInspector],
  ["node:inspector/promises", () => shutBefore("node:inspector")],
  // V8's flags are those of the whole process.
  ["node:v8", () => shut("node:v8", ["setFlagsFromString"])],
  ["node:sqlite", () => refuseExtensions(getBuiltinModule("node:sqlite"))],
  ["node:ffi", shutForeignFunctions],
]);

/** Only newer versions of Node have the module, and warn of it, although the agent may not use it. */
function shutForeignFunctions(): void {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  let ffi: unknown;
  try {
    ffi = Reflect.apply(getBuiltinModule, process, ["node:ffi"]);
  } finally {
    process.emitWarning = emitWarning;
  }
  if (typeof ffi === "object" && ffi !== null) refuseForeignFunctions(ffi);
}

function shutInspector(): void {
  shut("node:inspector", ["open", "waitForDebugger"]);
  const { Session } = getBuiltinModule("node:inspector");
  // A session on its own thread can read the closures of Node's internals, and from there everything.
  for (const name of ["connect", "connectToMainThread"]) {
    Reflect.set(Session.prototype, name, refusal(`inspector.Session.${name}`));
  }
}

/** Ways to a module that do not lead past the hooks of this thread, or past them. */
function shutOnRequest(): void {
  Reflect.set(process, "getBuiltinModule", (id: string) => {
    const name = String(id);
    shutBefore(name.startsWith("node:") ? name : `node:${name}`);
    return getBuiltinModule(name);
  });
  const module = getBuiltinModule("node:module");
  const { registerHooks } = module;
  // Hooks of the agent run before ours, and need not call them.
  Reflect.set(module, "registerHooks", (...hooks: Parameters<typeof registerHooks>) => {
    for (const name of lateDoors.keys()) shutBefore(name);
    return registerHooks(...hooks);
  });
}

/** Kept from the start: the agent's code finds one that shuts doors. */
const getBuiltinModule = process.getBuiltinModule.bind(process);

type Shut = "node:inspector" | "node:module" | "node:v8";

function shut(name: Shut, functions: readonly string[]): void {
  const module: object = getBuiltinModule(name);
  for (const key of functions) Reflect.set(module, key, refusal(`${name.slice(5)}.${key}`));
}

function refusal(what: string): () => never {
  return () => {
    throw new Error(`${what} is closed to agents: it leads out of their thread`);
  };
}

function shutBindings(): void {
  const bare: unknown = Reflect.get(process, "binding");
  if (typeof bare !== "function") return;
  Reflect.set(process, "binding", (name: unknown) => {
    const text = String(name);
    if (text === REFUSED_BINDING) refusal(`process.binding("${text}")`)();
    return Reflect.apply(bare, process, [text]);
  });
}

/**
 * MiB of the heap of a thread made by an agent, unless the agent sets its own limit: the watchdog does not see
 * it, and without a limit its leak would end the process. V8 ends most threads that reach theirs.
 */
const NESTED_HEAP_MB = 256;

/** A thread made by an agent has its own modules: it shuts the same doors before it runs anything. */
function shutNestedThreads(): void {
  const threads = getBuiltinModule("node:worker_threads");
  const shutting = new Proxy(threads.Worker, {
    construct(target, [file, options]: [string | URL, WorkerOptions?], newTarget) {
      return Reflect.construct(target, [file, withDoorsShut(options ?? {})], newTarget);
    },
  });
  const prototype: Worker = threads.Worker.prototype;
  // Otherwise any worker's `constructor` would give the bare class.
  prototype.constructor = shutting;
  Reflect.set(threads, "Worker", shutting);
}

function withDoorsShut(options: WorkerOptions): WorkerOptions {
  const execArgv = (options.execArgv ?? []).map(String);
  const refused = execArgv.find((option) => REFUSED_OPTION.test(option));
  if (refused !== undefined) refusal(`a thread with ${refused}`)();
  const shutOptions = {
    ...options,
    resourceLimits: { maxOldGenerationSizeMb: NESTED_HEAP_MB, ...options.resourceLimits },
    // First, before anything that an option of the agent loads.
    execArgv: [
      ...(areRefused() ? [NO_ADDONS] : []),
      ...["--require", fileURLToPath(doorsEntry)],
      ...execArgv,
    ],
  };
  if (typeof options.env !== "object") return shutOptions;
  const { NODE_OPTIONS: _, ...env } = options.env;
  return { ...shutOptions, env };
}

/**
 * Shuts the doors that lead from an agent's thread to the main thread, or to a setting of the whole
 * process, before any code of a user is loaded. They are there for debuggers and old packages; an agent
 * that went through one could run code on main, read its keys or halt it for ever.
 *
 * This keeps accidents and careless packages out. It is no wall against code that was written to break
 * out: docs/agents.md says what agents are trusted with.
 */

import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { doorsEntry } from "../entry-points.ts";

/** Options of a thread by which it would get Node's internals, or a thread of hooks without these doors shut. */
const REFUSED_OPTION = /^--(expose[-_]internals|(experimental[-_])?loader|inspect)/;
/** Internal modules that lead to main. */
const REFUSED_BINDING = "inspector";

/** Must run before any foreign code of the thread. */
export function shutDoors(): void {
  shut("node:inspector", ["open", "waitForDebugger"]);
  const { Session } = process.getBuiltinModule("node:inspector");
  // By a session on its own thread the closures of Node's internals can be read, and from there all else.
  for (const name of ["connect", "connectToMainThread"]) {
    Reflect.set(Session.prototype, name, refusal(`inspector.Session.${name}`));
  }
  // Its hooks run in one more thread, which has its doors open.
  shut("node:module", ["register"]);
  // V8's flags are those of the whole process.
  shut("node:v8", ["setFlagsFromString"]);
  shutBindings();
  shutNestedThreads();
  syncBuiltinESMExports();
}

type Shut = "node:inspector" | "node:module" | "node:v8";

function shut(name: Shut, functions: readonly string[]): void {
  const module: object = process.getBuiltinModule(name);
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

/** A thread made by an agent has modules of its own: it shuts the same doors before it runs anything. */
function shutNestedThreads(): void {
  const threads = process.getBuiltinModule("node:worker_threads");
  const shutting = new Proxy(threads.Worker, {
    construct(target, [file, options]: [string | URL, WorkerOptions?], newTarget) {
      return Reflect.construct(target, [file, withDoorsShut(options ?? {})], newTarget);
    },
  });
  const prototype: Worker = threads.Worker.prototype;
  // Nobody comes by the bare one through an object of its own.
  prototype.constructor = shutting;
  Reflect.set(threads, "Worker", shutting);
}

function withDoorsShut(options: WorkerOptions): WorkerOptions {
  const execArgv = (options.execArgv ?? []).map(String);
  const refused = execArgv.find((option) => REFUSED_OPTION.test(option));
  if (refused !== undefined) refusal(`a thread with ${refused}`)();
  const shutOptions = {
    ...options,
    // First: what an option of the agent's loads comes after it.
    execArgv: ["--require", fileURLToPath(doorsEntry), ...execArgv],
  };
  if (typeof options.env !== "object") return shutOptions;
  const { NODE_OPTIONS: _, ...env } = options.env;
  return { ...shutOptions, env };
}

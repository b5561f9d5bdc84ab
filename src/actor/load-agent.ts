/**
 * Finds the definition of an agent's type: built in, or the default export of a user's module.
 * Inside such a module `import … from "troupe"` works wherever the file is.
 *
 * The code is read at each start of an agent. Rejected: keeping sources in memory between reloads,
 * which breaks relative imports.
 */

import { enableCompileCache, flushCompileCache, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "../agents/define-agent.ts";
import { builtInAgents } from "../agents/joke-agent.ts";
import type { ActorSpec, ImportModule } from "../boundary/protocol.ts";
import { agentApiEntry } from "../entry-points.ts";
import { TroupeError } from "../model/errors.ts";
import { takeRefusal } from "./addons.ts";
import { shutBefore, shutDoors } from "./doors.ts";
import { findSchemaFault } from "./input-schema.ts";
import { hintAt, locate, ownStack, placeOf } from "./load-fault.ts";
import { findMisspeltField } from "./misspelt-field.ts";

/**
 * @throws {TroupeError} `AGENT_TYPE_UNKNOWN` if no such type is built in; `AGENT_MODULE_BROKEN`, with
 * file and cause, if a module cannot be used; `AGENT_ADDON_REFUSED`.
 */
export async function loadAgent(
  spec: Pick<ActorSpec, "agentType" | "moduleUrl">,
  importModule?: ImportModule,
): Promise<AgentDefinition> {
  const { agentType, moduleUrl } = spec;
  if (moduleUrl === null) return getBuiltIn(agentType);
  const definition = await loadModule(moduleUrl, importModule);
  if (definition.type === agentType) return definition;
  throw broken(moduleUrl, `must define the type "${agentType}", it defines "${definition.type}"`);
}

/**
 * Runs a user's module and returns its definition. Foreign code: never on the main thread.
 * @throws {TroupeError} `AGENT_MODULE_BROKEN`.
 */
export async function loadModule(
  moduleUrl: string,
  importModule: ImportModule = (url) => import(url),
): Promise<AgentDefinition> {
  prepareForModules();
  let namespace: { readonly default?: unknown };
  try {
    namespace = await importModule(moduleUrl);
  } catch (cause) {
    const addon = takeRefusal(cause);
    if (addon !== undefined) throw withModule(addon, moduleUrl);
    throw broken(moduleUrl, "cannot be loaded", locate(cause, [moduleUrl, ...imported]));
  }
  flushCompileCache();
  const definition = defaultOf(namespace);
  if (!isDefinition(definition)) {
    throw broken(
      moduleUrl,
      `must have a default export with a type (text) and a step (function); ${describe(definition)}`,
    );
  }
  const misspelt = findMisspeltField(definition);
  if (misspelt !== undefined) {
    throw broken(moduleUrl, `defines "${definition.type}" with the unknown field ${misspelt}`);
  }
  const misplaced = configFields.find((field) => Object.hasOwn(definition, field));
  if (misplaced !== undefined) {
    const place = "which is set in the config of an agent or of its type";
    throw broken(moduleUrl, `defines "${definition.type}" with ${misplaced}, ${place}`);
  }
  checkSchemas(moduleUrl, definition);
  return definition;
}

/** Settings of every agent that a definition cannot have: they would be ignored silently. */
const configFields = ["unresponsive_timeout_ms", "initial_subject"] as const;

/** Here and not at their first use, so that a reload reports them, too. */
function checkSchemas(moduleUrl: string, definition: AgentDefinition): void {
  for (const field of ["config", "guidance"] as const) {
    const fault = findSchemaFault(definition[field]);
    if (fault === undefined) continue;
    const expected = "a Standard Schema (zod, valibot, arktype …) or a function";
    throw broken(
      moduleUrl,
      `must have ${expected} as ${field} of "${definition.type}", got ${fault}`,
    );
  }
}

function getBuiltIn(agentType: string): AgentDefinition {
  const definition = builtInAgents.get(agentType);
  if (definition !== undefined) return definition;
  const known = [...builtInAgents.keys()].join(", ");
  throw new TroupeError(
    "AGENT_TYPE_UNKNOWN",
    `no agent type "${agentType}" is built in, only ${known}`,
  );
}

/** A CommonJS module compiled from `export default` has it one level further in. */
function defaultOf(namespace: { readonly default?: unknown }): unknown {
  const { default: found } = namespace;
  const inner: unknown = Object(found).default;
  return !isDefinition(found) && isDefinition(inner) ? inner : found;
}

let isPrepared = false;

/** Most files that are checked for the fault of a broken module. */
const IMPORTED_MAX = 1_000;
/** See {@link loadedFiles}. */
const imported = new Set<string>();

/** URLs of the user's own files that this thread has loaded or tried to load. */
export function loadedFiles(): readonly string[] {
  return [...imported];
}

/** Maps exactly `troupe` to the agents' API, for everything that this thread loads from now on; shuts the doors. */
function prepareForModules(): void {
  if (isPrepared) return;
  isPrepared = true;
  // Without a cache each thread would load the TypeScript compiler: more than 6 MiB a thread.
  enableCompileCache();
  registerHooks({
    resolve: (specifier, context, next) => {
      // Not passed to `next`: `require` takes no URL, and would search for a file of that name.
      if (specifier === "troupe") return { url: agentApiEntry.href, shortCircuit: true };
      const found = next(specifier, context);
      shutBefore(found.url);
      if (imported.size < IMPORTED_MAX && isOwnFile(found.url)) imported.add(found.url);
      return found;
    },
  });
  // Afterwards: hooks that are registered later count as the agent's.
  shutDoors();
}

function isOwnFile(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/");
}

function isDefinition(value: unknown): value is AgentDefinition {
  if (typeof value !== "object" || value === null) return false;
  const { type, step } = value as { readonly type?: unknown; readonly step?: unknown };
  return typeof type === "string" && type !== "" && typeof step === "function";
}

function describe(value: unknown): string {
  if (value === undefined) return "it has none";
  if (Array.isArray(value)) return "got an array; a module has one definition";
  if (typeof value !== "object" || value === null) return `got ${typeof value}`;
  if (value instanceof Promise) return "got a promise; `await` it in the module";
  const { type, step } = value as { readonly type?: unknown; readonly step?: unknown };
  if (type === undefined) return "it has no type";
  if (type === "") return "its type is empty";
  if (typeof type !== "string") return `its type is a ${typeof type}`;
  return step === undefined ? "it has no step" : `its step is a ${typeof step}`;
}

/** The stack shows the place in the user's code alone. */
function broken(moduleUrl: string, problem: string, cause?: unknown): TroupeError {
  const file = moduleUrl.startsWith("file:") ? fileURLToPath(moduleUrl) : moduleUrl;
  const urls = new Set([moduleUrl, ...imported]);
  const place = placeOf(cause, urls);
  const at = place === undefined || place === file ? "" : ` at ${place}`;
  const reason =
    cause === undefined ? problem : `${problem}: ${causeText(cause)}${at}${hintAt(cause)}`;
  const message = `agent module ${file} ${reason}`;
  const details = { file, problem: reason };
  const error = new TroupeError("AGENT_MODULE_BROKEN", message, { details });
  error.stack = ownStack(cause, urls) ?? message;
  return error;
}

/** Without the list of files that `require` adds. */
function causeText(cause: unknown): string {
  return String(cause).split("\nRequire stack:")[0] ?? "";
}

function withModule(addon: TroupeError, moduleUrl: string): TroupeError {
  const file = moduleUrl.startsWith("file:") ? fileURLToPath(moduleUrl) : moduleUrl;
  const message = `agent module ${file} cannot be loaded: ${addon.message}`;
  const { details } = addon;
  return new TroupeError("AGENT_ADDON_REFUSED", message, { details: { ...details, module: file } });
}

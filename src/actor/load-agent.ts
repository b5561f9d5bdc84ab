/**
 * Finds the definition of an agent's type: built in, or the default export of a user's module.
 * Inside such a module `import … from "troupe"` works wherever the file lies.
 */

import { readFileSync } from "node:fs";
import {
  enableCompileCache,
  flushCompileCache,
  registerHooks,
  stripTypeScriptTypes,
} from "node:module";
import { fileURLToPath } from "node:url";
import { builtInAgents } from "../agents/built-in.ts";
import type { AgentDefinition } from "../agents/define-agent.ts";
import { agentFaceEntry } from "../entries.ts";
import { TroupeError } from "../model/errors.ts";
import { shutDoors } from "./doors.ts";
import type { ActorSpec } from "./protocol.ts";

/**
 * @throws {TroupeError} `AGENT_TYPE_UNKNOWN` where no such type is built in; `AGENT_MODULE_BROKEN`,
 * naming file and cause, where a module cannot be used.
 */
export async function loadAgent(
  spec: Pick<ActorSpec, "agentType" | "moduleUrl">,
): Promise<AgentDefinition> {
  const { agentType, moduleUrl } = spec;
  if (moduleUrl === null) return getBuiltIn(agentType);
  const definition = await loadModule(moduleUrl);
  if (definition.type === agentType) return definition;
  throw broken(moduleUrl, `must define the type "${agentType}", it defines "${definition.type}"`);
}

/**
 * Runs a user's module and answers its definition. Foreign code: only in a thread of its own.
 * @throws {TroupeError} `AGENT_MODULE_BROKEN`.
 */
export async function loadModule(moduleUrl: string): Promise<AgentDefinition> {
  prepareForModules();
  let namespace: { readonly default?: unknown };
  try {
    namespace = await import(moduleUrl);
  } catch (cause) {
    throw broken(moduleUrl, "cannot be loaded", locate(cause, moduleUrl));
  }
  flushCompileCache();
  const definition = namespace.default;
  if (isDefinition(definition)) return definition;
  throw broken(
    moduleUrl,
    `must have a default export with a type (text) and a step (function), ${describe(definition)}`,
  );
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

let isPrepared = false;

/** Maps exactly `troupe` to the agents' face, for all that this thread loads from now on. */
function prepareForModules(): void {
  if (isPrepared) return;
  isPrepared = true;
  shutDoors();
  // Without a cache each thread would load the TypeScript compiler for itself: 6.6 MB a thread.
  enableCompileCache();
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === "troupe" ? agentFaceEntry.href : specifier, context),
  });
}

/** Node does not say where in a JavaScript module a syntax error lies; its TypeScript parser does. */
function locate(cause: unknown, moduleUrl: string): unknown {
  if (!(cause instanceof SyntaxError) || !moduleUrl.startsWith("file:")) return cause;
  try {
    stripTypeScriptTypes(readFileSync(fileURLToPath(moduleUrl), "utf8"), { sourceUrl: moduleUrl });
    return cause;
  } catch (located) {
    return located;
  }
}

function isDefinition(value: unknown): value is AgentDefinition {
  if (typeof value !== "object" || value === null) return false;
  const { type, step } = value as { readonly type?: unknown; readonly step?: unknown };
  return typeof type === "string" && type !== "" && typeof step === "function";
}

function describe(value: unknown): string {
  if (value === undefined) return "it has none";
  if (typeof value !== "object" || value === null) return `got ${typeof value}`;
  return `got an object with ${Object.keys(value).slice(0, 10).join(", ") || "nothing in it"}`;
}

/** The stack is the cause's: it says where in the user's code the fault lies. */
function broken(moduleUrl: string, problem: string, cause?: unknown): TroupeError {
  const file = moduleUrl.startsWith("file:") ? fileURLToPath(moduleUrl) : moduleUrl;
  const told = cause === undefined ? problem : `${problem}: ${String(cause)}`;
  const message = `agent module ${file} ${told}`;
  const details = { file, problem: told };
  const error = new TroupeError("AGENT_MODULE_BROKEN", message, { details });
  if (cause instanceof Error && cause.stack !== undefined) error.stack = cause.stack;
  return error;
}

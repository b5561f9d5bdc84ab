/** Applies the config schema of an agent's type to the settings of one agent. */

import type {
  AgentDefinition,
  ConfigSchema,
  StandardIssue,
  StandardSchema,
} from "../agents/define-agent.ts";
import { TroupeError } from "../model/errors.ts";
import { maskText } from "../model/secret-config.ts";
import { toConfigSchema } from "./config-schema.ts";

/** Issues in one message; the rest are counted. */
const ISSUES_SHOWN_MAX = 5;

/**
 * The agent's `ctx.config`.
 * @throws {TroupeError} `AGENT_CONFIG_INVALID`; `AGENT_MODULE_BROKEN` for an unknown kind of schema.
 */
export async function parseConfig(
  { type, config: schema }: Pick<AgentDefinition, "type" | "config">,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (schema === undefined) return input;
  if (isStandard(schema)) return await validate(schema, type, input);
  if (typeof schema === "function") return await call(schema, type, input);
  throw new TroupeError(
    "AGENT_MODULE_BROKEN",
    `config of agent type ${type} must be a Standard Schema (zod, valibot, arktype …) or a function`,
  );
}

/** Checked first, because some libraries' schemas are functions too. */
function isStandard(schema: ConfigSchema<unknown>): schema is StandardSchema<unknown> {
  const canHaveParts = typeof schema === "object" || typeof schema === "function";
  return canHaveParts && schema !== null && "~standard" in schema;
}

async function validate(
  schema: StandardSchema<unknown>,
  type: string,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const result = await schema["~standard"].validate(input);
  if (result.issues === undefined) return result.value;
  const shown = result.issues.slice(0, ISSUES_SHOWN_MAX).map(describeIssue).join("; ");
  const more = result.issues.length - ISSUES_SHOWN_MAX;
  const reason = more > 0 ? `${shown}; and ${more} more` : shown;
  throw refused(type, maskText(reason, input, toConfigSchema(schema)));
}

async function call(
  parse: (input: Readonly<Record<string, unknown>>) => unknown,
  type: string,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  try {
    return await parse(input);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(type, maskText(reason, input, toConfigSchema(parse)));
  }
}

function describeIssue({ path = [], message }: StandardIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}

/** @param reason without the secrets of the config, which some libraries quote */
function refused(type: string, reason: string): TroupeError {
  return new TroupeError("AGENT_CONFIG_INVALID", `config of agent type ${type}: ${reason}`);
}

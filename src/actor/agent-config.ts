/** Applies the config schema of an agent's type to the settings of one agent. */

import type { AgentDefinition } from "../agents/define-agent.ts";
import { TroupeError } from "../model/errors.ts";
import { maskText } from "../model/secret-config.ts";
import { toConfigSchema } from "./config-schema.ts";
import { parseInput } from "./input-schema.ts";

/**
 * The agent's `ctx.config`.
 * @throws {TroupeError} `AGENT_CONFIG_INVALID`.
 */
export async function parseConfig(
  { type, config: schema }: Pick<AgentDefinition, "type" | "config">,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const parsed = await parseInput(schema, input);
  if (parsed.reason === undefined) return parsed.value;
  // Without the secrets of the config, which some libraries quote.
  const reason = maskText(parsed.reason, input, toConfigSchema(schema));
  throw new TroupeError("AGENT_CONFIG_INVALID", `config of agent type ${type}: ${reason}`);
}

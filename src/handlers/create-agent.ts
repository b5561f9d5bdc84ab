/**
 * `create_agent`: starts an agent, unless it already runs. Done once its setup has ended
 * and its row has that status; meanwhile the agent can be steered and ended.
 */

import { Compile } from "typebox/compile";
import type { Payload } from "../model/actions/action-registry.ts";
import { AGENT_TYPE_DEFAULT, type AgentRow, isAlive } from "../model/agent.ts";
import { CommonConfig } from "../model/common-config.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { isSameConfig, maskProblem, unmaskConfig } from "../model/masked-config.ts";
import { maskConfig } from "../model/secret-config.ts";
import type { Done } from "../queue/dispatcher.ts";
import type { AgentCatalog } from "../supervisor/catalog/agent-catalog.ts";
import type { NewAgent } from "../supervisor/new-agent-row.ts";
import type { Handler } from "./handler.ts";

const commonConfig = Compile(CommonConfig);

export const createAgent: Handler<"create_agent"> = async (action, { supervisor, catalog }) => {
  const { agentId, payload } = action;
  const row = await supervisor.findRow(agentId);
  if (row !== undefined && isAlive(row.status)) {
    const done = { ...noteDifference(row, payload), isEffectless: true };
    const stored = supervisor.find(agentId)?.starting;
    return stored === undefined ? done : { ...done, stored };
  }
  const agent = newAgentOf(payload, row, catalog);
  // Its module may still be loading: then the start waits for it.
  if (!catalog.mayHave(agent.agentType)) catalog.get(agent.agentType);
  if (payload.config === undefined && row !== undefined) checkTypeOfSecrets(row, agent, catalog);
  checkCommonConfig(agent.config);
  const { started } = await supervisor.begin(agentId, agent, action.id);
  return { stored: started };
};

/**
 * The agent that the create asks for. An ended agent starts again with its type and config, unless the
 * payload has others; masks in the payload's config stand for the values in its own, of the same type.
 * @throws {TroupeError} `AGENT_CONFIG_INVALID` for a mask without a stored value.
 */
export function newAgentOf(
  payload: Payload<"create_agent">,
  row: AgentRow | undefined,
  catalog: AgentCatalog,
): NewAgent {
  const agentType = payload.agent_type ?? row?.agent_type ?? AGENT_TYPE_DEFAULT;
  const subject = payload.initial_subject ?? null;
  if (payload.config === undefined) return { agentType, subject, config: row?.config ?? {} };
  // Another type's schema may mark other values, and a view would show this type's secrets.
  const stored = row?.agent_type === agentType ? row.config : {};
  const schema = catalog.find(agentType)?.configSchema;
  const unmasked = unmaskConfig(payload.config, stored, schema);
  if ("problem" in unmasked) throw new TroupeError("AGENT_CONFIG_INVALID", unmasked.problem);
  return { agentType, subject, config: unmasked.config };
}

/** Views by another type's schema might show them. */
function checkTypeOfSecrets(row: AgentRow, { agentType }: NewAgent, catalog: AgentCatalog): void {
  if (row.agent_type === agentType) return;
  const shown = maskConfig(row.config, catalog.find(row.agent_type)?.configSchema);
  if (maskProblem(shown) === undefined) return;
  throw new TroupeError(
    "AGENT_CONFIG_INVALID",
    `the config of ${row.agent_id} may have secrets of type ${row.agent_type}; a create as ${agentType} must have a config`,
  );
}

/** A second create of the same agent is fine; one with another type or config gets a note. */
function noteDifference(row: AgentRow, payload: Payload<"create_agent">): Done {
  const differs = [
    payload.agent_type !== undefined && payload.agent_type !== row.agent_type ? "type" : "",
    payload.config !== undefined && !isSameConfig(payload.config, row.config) ? "config" : "",
  ].filter((part) => part !== "");
  if (differs.length === 0) return {};
  const verb = differs.length === 1 ? "differs" : "differ";
  const message = `${row.agent_id} already exists and continues unchanged; its ${differs.join(" and ")} ${verb} from the request`;
  return { note: { code: "AGENT_DIFFERS", message } };
}

function checkCommonConfig(config: Readonly<Record<string, unknown>>): void {
  if (commonConfig.Check(config)) return;
  const [first] = commonConfig.Errors(config);
  const name = first?.instancePath.slice(1) ?? "";
  throw new TroupeError(
    "AGENT_CONFIG_INVALID",
    `config.${name} ${first?.message ?? "is not valid"}, got ${excerpt(config[name])}`,
  );
}

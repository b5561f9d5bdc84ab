/**
 * `create_agent`: starts an agent, unless it already runs. Done once its setup has ended; meanwhile the
 * agent can be steered and ended.
 */

import { isDeepStrictEqual } from "node:util";
import { Compile } from "typebox/compile";
import type { Payload } from "../model/actions/action-registry.ts";
import { AGENT_TYPE_DEFAULT, type AgentRow, isAlive } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { unmaskConfig } from "../model/secret-config.ts";
import { CommonConfig } from "../model/type-settings.ts";
import type { Done } from "../queue/dispatcher.ts";
import type { AgentCatalog } from "../supervisor/catalog/agent-catalog.ts";
import type { NewAgent } from "../supervisor/new-agent-row.ts";
import type { Handler } from "./handler.ts";

const commonConfig = Compile(CommonConfig);

export const createAgent: Handler<"create_agent"> = async (action, { supervisor, catalog }) => {
  const { agentId } = action;
  const row = await supervisor.findRow(agentId);
  const payload = withSecrets(action.payload, row, catalog);
  if (row !== undefined && isAlive(row.status)) {
    const done = { ...noteDifference(row, payload), isEffectless: true };
    const stored = supervisor.find(agentId)?.starting;
    return stored === undefined ? done : { ...done, stored };
  }
  const agent = newAgentOf(payload, row);
  // Its module may still be loading: then the start waits for it.
  if (!catalog.mayHave(agent.agentType)) catalog.get(agent.agentType);
  checkCommonConfig(agent.config);
  const { started } = await supervisor.begin(agentId, agent, action.id);
  return { stored: started };
};

/** Masks in a config that was read from a view stand for the agent's own secrets. */
function withSecrets(
  payload: Payload<"create_agent">,
  row: AgentRow | undefined,
  catalog: AgentCatalog,
): Payload<"create_agent"> {
  const { config, agent_type = row?.agent_type ?? AGENT_TYPE_DEFAULT } = payload;
  const schema = catalog.find(agent_type)?.configSchema;
  if (config === undefined || schema == null) return payload;
  return { ...payload, config: unmaskConfig(config, row?.config ?? {}, schema) };
}

/** An ended agent starts again with its type and config, unless the payload has others. */
function newAgentOf(payload: Payload<"create_agent">, row: AgentRow | undefined): NewAgent {
  return {
    agentType: payload.agent_type ?? row?.agent_type ?? AGENT_TYPE_DEFAULT,
    subject: payload.initial_subject ?? null,
    config: payload.config ?? row?.config ?? {},
  };
}

/** A second create of the same agent is fine; one with another type or config gets a note. */
function noteDifference(row: AgentRow, payload: Payload<"create_agent">): Done {
  const differs = [
    payload.agent_type !== undefined && payload.agent_type !== row.agent_type ? "type" : "",
    payload.config !== undefined && !isDeepStrictEqual(payload.config, row.config) ? "config" : "",
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

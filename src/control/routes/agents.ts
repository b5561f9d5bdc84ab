/** Agents: what they are, and the actions upon them. */

import { TroupeError } from "../../model/errors.ts";
import { newAgentId, parseAgentId } from "../../model/ids.ts";
import {
  AgentCreateBody,
  AgentDeleteQuery,
  AgentDestroyBody,
  AgentInterruptBody,
  AgentListQuery,
  AgentParams,
  AgentPauseBody,
  AgentResumeBody,
  StepListQuery,
} from "../../model/request.ts";
import { toActionRequest } from "../action-request.ts";
import type { App, ControlParts } from "../control-parts.ts";
import { enqueueOne } from "../receipt.ts";

export function agentRoutes(app: App, parts: ControlParts): void {
  addReads(app, parts);
  app.post("/api/agents", { schema: { body: AgentCreateBody } }, (request, reply) => {
    const { agent_id: given, ...body } = request.body;
    const agentId = given === undefined ? newAgentId() : parseAgentId(given);
    return enqueueOne(parts, request, reply, toActionRequest("create_agent", body, agentId));
  });
  app.delete(
    "/api/agents/:agent_id",
    { schema: { params: AgentParams, querystring: AgentDeleteQuery } },
    (request, reply) => {
      const { agent_id } = request.params;
      const action = toActionRequest("agent_destroy", request.query, agent_id);
      return enqueueOne(parts, request, reply, action);
    },
  );
  for (const [verb, action, body] of verbs) {
    app.post(
      `/api/agents/:agent_id/${verb}`,
      { schema: { params: AgentParams, body } },
      (request, reply) => {
        const asked = toActionRequest(action, request.body, request.params.agent_id);
        return enqueueOne(parts, request, reply, asked);
      },
    );
  }
}

const verbs = [
  ["pause", "agent_pause", AgentPauseBody],
  ["resume", "agent_resume", AgentResumeBody],
  ["interrupt", "agent_interrupt", AgentInterruptBody],
  ["destroy", "agent_destroy", AgentDestroyBody],
] as const;

function addReads(app: App, { store, live }: ControlParts): void {
  app.get("/api/agents", { schema: { querystring: AgentListQuery } }, async ({ query }) => {
    const { items, next_cursor } = await store.agents.list(query);
    return { items: items.map((row) => ({ ...row, live: live(row.agent_id) })), next_cursor };
  });
  app.get("/api/agents/:agent_id", { schema: { params: AgentParams } }, async ({ params }) => {
    const row = await store.agents.find(params.agent_id);
    if (row === undefined) throw unknownAgent(params.agent_id);
    return { ...row, live: live(row.agent_id) };
  });
  app.get(
    "/api/agents/:agent_id/steps",
    { schema: { params: AgentParams, querystring: StepListQuery } },
    async ({ params, query }) => {
      const { agent_id } = params;
      const page = await store.steps.list(agent_id, query);
      const isKnown = page.items.length > 0 || (await store.agents.find(agent_id)) !== undefined;
      if (!isKnown) throw unknownAgent(agent_id);
      return page;
    },
  );
}

function unknownAgent(agentId: string): TroupeError {
  return new TroupeError("AGENT_UNKNOWN", `there is no agent ${agentId}`);
}

/** Agents: what they are, and the actions upon them. */

import { unknownAgent } from "../../model/fleet-errors.ts";
import { parseAgentId } from "../../model/ids.ts";
import {
  ActionHeaders,
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
import { AgentPage, AgentResponse, StepPage } from "../../model/response.ts";
import type { ControlParts } from "../control-parts.ts";
import { toNewAction } from "../http/action-request.ts";
import { freshAgentId } from "../http/idempotency.ts";
import { mutationResponses, responses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["agents"];

export function agentRoutes(app: App, parts: RouteParts): void {
  addReads(app, parts);
  addSteps(app, parts);
  addCreateAndDelete(app, parts);
  addVerbs(app, parts);
}

function addReads(app: App, { store, live, liveNow }: ControlParts): void {
  const list = {
    tags,
    operationId: "listAgents",
    summary: "Agents, by id",
    querystring: AgentListQuery,
    response: responses({ 200: AgentPage }, ["CURSOR_INVALID"]),
  };
  app.get("/api/agents", { schema: list }, async ({ query }) => {
    const { fields, ...filter } = query;
    const isWhole = fields === "all";
    const { items, next_cursor } = isWhole
      ? await store.agents.listWhole(filter)
      : await store.agents.list(filter);
    return { items: items.map((row) => ({ ...row, live: live(row.agent_id) })), next_cursor };
  });
  const show = {
    tags,
    operationId: "getAgent",
    summary: "One agent",
    params: AgentParams,
    response: responses({ 200: AgentResponse }, ["AGENT_UNKNOWN"]),
  };
  app.get("/api/agents/:agent_id", { schema: show }, async ({ params }) => {
    const row = await store.agents.find(params.agent_id);
    if (row === undefined) throw unknownAgent(params.agent_id);
    return { ...row, live: await liveNow(row.agent_id) };
  });
}

function addSteps(app: App, { store }: ControlParts): void {
  const schema = {
    tags,
    operationId: "listSteps",
    summary: "The steps of an agent, newest first",
    params: AgentParams,
    querystring: StepListQuery,
    response: responses({ 200: StepPage }, ["AGENT_UNKNOWN", "CURSOR_INVALID"]),
  };
  app.get("/api/agents/:agent_id/steps", { schema }, async ({ params, query }) => {
    const { agent_id } = params;
    const page = await store.steps.list(agent_id, query);
    const isKnown = page.items.length > 0 || (await store.agents.find(agent_id)) !== undefined;
    if (!isKnown) throw unknownAgent(agent_id);
    return page;
  });
}

function addCreateAndDelete(app: App, { mutations }: RouteParts): void {
  const create = {
    tags,
    operationId: "createAgent",
    summary: "Start an agent",
    headers: ActionHeaders,
    body: AgentCreateBody,
    response: mutationResponses,
  };
  app.post("/api/agents", { schema: create }, (request, reply) => {
    const { agent_id: given, ...body } = request.body;
    const agentId = given === undefined ? freshAgentId(request) : parseAgentId(given);
    return mutations.one(request, reply, toNewAction("create_agent", body, agentId));
  });
  const destroy = {
    tags,
    operationId: "deleteAgent",
    summary: "End an agent; its row stays",
    headers: ActionHeaders,
    params: AgentParams,
    querystring: AgentDeleteQuery,
    response: mutationResponses,
  };
  app.delete("/api/agents/:agent_id", { schema: destroy }, (request, reply) => {
    const { agent_id } = request.params;
    return mutations.one(request, reply, toNewAction("agent_destroy", request.query, agent_id));
  });
}

const verbs = [
  ["pause", "agent_pause", AgentPauseBody, "Let no new step begin"],
  ["resume", "agent_resume", AgentResumeBody, "Go on where the agent paused"],
  ["interrupt", "agent_interrupt", AgentInterruptBody, "Bring guidance to an agent"],
  ["destroy", "agent_destroy", AgentDestroyBody, "End an agent; its row stays"],
] as const;

function addVerbs(app: App, { mutations }: RouteParts): void {
  for (const [verb, action, body, summary] of verbs) {
    const schema = {
      tags,
      operationId: `${verb}Agent`,
      summary,
      headers: ActionHeaders,
      params: AgentParams,
      body,
      response: mutationResponses,
    };
    app.post(`/api/agents/:agent_id/${verb}`, { schema }, (request, reply) => {
      const { agent_id } = request.params;
      return mutations.one(request, reply, toNewAction(action, request.body, agent_id));
    });
  }
}

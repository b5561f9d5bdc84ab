/** Agents: reads them and their steps, and destroys one. Their other actions are in verb-routes.ts. */

import { agentDestroy } from "../../model/actions/agent-destroy.ts";
import { unknownAgent } from "../../model/fleet-errors.ts";
import {
  ActionHeaders,
  AgentListQuery,
  AgentParams,
  AgentStepsQuery,
  DeleteQuery,
  StepParams,
} from "../../model/request.ts";
import { AgentPage, AgentResponse, StepContextResponse, StepPage } from "../../model/response.ts";
import { toNewAction } from "../http/action-request.ts";
import { describeAction } from "../http/operation-texts.ts";
import { mutationResponses, responses } from "../http/response-schemas.ts";
import { untilClosed } from "../http/until-closed.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["agents"];

export function agentRoutes(app: App, parts: RouteParts): void {
  addReads(app, parts);
  addSteps(app, parts);
  addStepContext(app, parts);
  addDelete(app, parts);
}

function addReads(app: App, { store, live, liveNow, views }: RouteParts): void {
  const list = {
    tags,
    operationId: "listAgents",
    summary: "Agents, by id",
    querystring: AgentListQuery,
    response: responses({ 200: AgentPage }, ["CURSOR_INVALID"]),
  };
  app.get("/api/agents", { schema: list }, async ({ query }) => {
    const { fields, ...filter } = query;
    if (fields === "all") {
      const { items, next_cursor } = await store.agents.listWhole(filter);
      return { items: items.map((row) => views.agent(row, live(row.agent_id))), next_cursor };
    }
    const { items, next_cursor } = await store.agents.list(filter);
    return { items: items.map((row) => views.listedAgent(row, live(row.agent_id))), next_cursor };
  });
  const show = {
    tags,
    operationId: "getAgent",
    summary: "One agent",
    params: AgentParams,
    response: responses({ 200: AgentResponse }, ["AGENT_UNKNOWN", "SHARD_MISDIRECTED"]),
  };
  app.get("/api/agents/:agent_id", { schema: show }, async ({ params }) => {
    const row = await store.agents.find(params.agent_id);
    if (row === undefined) throw unknownAgent(params.agent_id);
    return views.agent(row, await liveNow(row.agent_id));
  });
}

function addSteps(app: App, { store }: RouteParts): void {
  const schema = {
    tags,
    operationId: "listSteps",
    summary: "The steps of an agent, newest first",
    params: AgentParams,
    querystring: AgentStepsQuery,
    response: responses({ 200: StepPage }, [
      "AGENT_UNKNOWN",
      "CURSOR_INVALID",
      "SHARD_MISDIRECTED",
    ]),
  };
  app.get("/api/agents/:agent_id/steps", { schema }, async ({ params, query }) => {
    const { agent_id } = params;
    const page = await store.steps.list(agent_id, query);
    const isKnown = page.items.length > 0 || (await store.agents.find(agent_id)) !== undefined;
    if (!isKnown) throw unknownAgent(agent_id);
    return page;
  });
}

function addStepContext(app: App, { store }: RouteParts): void {
  const schema = {
    tags,
    operationId: "getStepContext",
    summary: "The context of an agent after one of its steps",
    params: StepParams,
    response: responses({ 200: StepContextResponse }, [
      "AGENT_UNKNOWN",
      "STEP_NOT_FOUND",
      "SHARD_MISDIRECTED",
    ]),
  };
  const path = "/api/agents/:agent_id/steps/:iteration/context";
  app.get(path, { schema }, async ({ params }, reply) => {
    const closed = untilClosed(reply);
    const row = await store.agents.find(params.agent_id);
    if (row === undefined) throw unknownAgent(params.agent_id);
    return await store.steps.contextAt(row, params.iteration, closed);
  });
}

/** REST's method for `agent_destroy`, in addition to the action's own route. */
function addDelete(app: App, { mutations }: RouteParts): void {
  const { name, summary } = agentDestroy;
  const schema = {
    tags,
    operationId: "deleteAgent",
    summary,
    description: describeAction(agentDestroy),
    headers: ActionHeaders,
    params: AgentParams,
    querystring: DeleteQuery,
    response: mutationResponses,
  };
  app.delete("/api/agents/:agent_id", { schema }, (request, reply) => {
    const { agent_id } = request.params;
    return mutations.one(request, reply, toNewAction(name, request.query, agent_id));
  });
}

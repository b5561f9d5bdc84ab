/** The route of each action, made from its declaration: `POST /api/agents/:agent_id/pause`. */

import type { FastifyRequest } from "fastify";
import { actions, capitalize, type DeclaredAction } from "../../model/actions/action-registry.ts";
import { parseAgentId } from "../../model/ids.ts";
import { ActionHeaders, type ActionRequestBody, AgentParams, bodyOf } from "../../model/request.ts";
import type { ShardDoor } from "../../model/shard-door.ts";
import { toNewAction } from "../http/action-request.ts";
import { freshAgentId } from "../http/idempotency.ts";
import { describeAction } from "../http/operation-texts.ts";
import { mutationResponses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

/** Those about an effect are in effect-routes.ts, because their agent must be found first. */
export function verbRoutes(app: App, parts: RouteParts): void {
  for (const action of actions) addRoute(app, parts, action);
}

function addRoute(app: App, { mutations, door }: RouteParts, action: DeclaredAction): void {
  const { name, word, about } = action;
  const subject = about === "environment" ? "environment" : "agent";
  const schema = {
    tags: [about === "environment" ? "environment" : "agents"],
    operationId: `${word}${capitalize(subject)}`,
    summary: action.summary,
    description: describeAction(action),
    headers: ActionHeaders,
    body: bodyOf(action),
    response: mutationResponses,
  };
  switch (about) {
    case "newAgent":
      app.post("/api/agents", { schema }, (request, reply) => {
        const agentId = newAgentIdOf(request, request.body, door);
        return mutations.one(request, reply, toNewAction(name, request.body, agentId));
      });
      return;
    case "agent":
      app.post(
        `/api/agents/:agent_id/${word}`,
        { schema: { ...schema, params: AgentParams } },
        (request, reply) => {
          const { agent_id } = request.params;
          return mutations.one(request, reply, toNewAction(name, request.body, agent_id));
        },
      );
      return;
    case "effect":
      return;
    case "environment":
      app.post(`/api/environment/${word}`, { schema }, (request, reply) =>
        mutations.one(request, reply, toNewAction(name, request.body)),
      );
  }
}

function newAgentIdOf(
  request: FastifyRequest,
  { agent_id: given }: ActionRequestBody,
  door: ShardDoor | undefined,
): string {
  return given === undefined ? freshAgentId(request, door?.shard) : parseAgentId(given);
}

/** Effects: what steps did outside themselves, and the resolution of unknown ones. */

import { effectResolve } from "../../model/actions/effect-resolve.ts";
import { viewEffect } from "../../model/agent-view.ts";
import { defined } from "../../model/defined.ts";
import type { EffectRow } from "../../model/effect.ts";
import { checkResolution, checkUnknown } from "../../model/effect-resolution.ts";
import { unknownAgent, unknownEffect } from "../../model/fleet-errors.ts";
import {
  ActionHeaders,
  bodyOf,
  EffectListQuery,
  EffectParams,
  PageQuery,
  StepParams,
} from "../../model/request.ts";
import { EffectPage, EffectResponse } from "../../model/response.ts";
import type { Store } from "../../store/store.ts";
import { toNewAction } from "../http/action-request.ts";
import { describeAction } from "../http/operation-texts.ts";
import { mutationResponsesWith, responses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["effects"];

export function effectRoutes(app: App, parts: RouteParts): void {
  addStepEffects(app, parts);
  addReads(app, parts);
  addResolve(app, parts);
}

function addStepEffects(app: App, { store }: RouteParts): void {
  const schema = {
    tags,
    operationId: "listStepEffects",
    summary: "The effects of one step, oldest first",
    params: StepParams,
    querystring: PageQuery,
    response: responses({ 200: EffectPage }, [
      "AGENT_UNKNOWN",
      "CURSOR_INVALID",
      "SHARD_MISDIRECTED",
    ]),
  };
  const path = "/api/agents/:agent_id/steps/:iteration/effects";
  app.get(path, { schema }, async ({ params, query }) => {
    const { agent_id, iteration } = params;
    const { items, next_cursor } = await store.effects.pages.pageOfStep(agent_id, iteration, query);
    const isKnown = items.length > 0 || (await store.agents.find(agent_id)) !== undefined;
    if (!isKnown) throw unknownAgent(agent_id);
    return { items: items.map(viewEffect), next_cursor };
  });
}

function addReads(app: App, { store }: RouteParts): void {
  const list = {
    tags,
    operationId: "listEffects",
    summary: "Effects, newest first",
    querystring: EffectListQuery,
    response: responses({ 200: EffectPage }, ["CURSOR_INVALID"]),
  };
  app.get("/api/effects", { schema: list }, async ({ query }) => {
    const { agent_id, ...others } = query;
    const page = await store.effects.pages.list({ ...others, ...defined({ agentId: agent_id }) });
    return { ...page, items: page.items.map(viewEffect) };
  });
  const show = {
    tags,
    operationId: "getEffect",
    summary: "One effect, in its newest state",
    params: EffectParams,
    response: responses({ 200: EffectResponse }, ["EFFECT_NOT_FOUND"]),
  };
  app.get("/api/effects/:effect_id", { schema: show }, async ({ params }) =>
    viewEffect(await getEffect(store, params.effect_id)),
  );
}

/** The action's own route: the agent that it is about is the effect's. */
function addResolve(app: App, { store, mutations }: RouteParts): void {
  const { name, word, summary } = effectResolve;
  const schema = {
    tags,
    operationId: "resolveEffect",
    summary,
    description: describeAction(effectResolve),
    headers: ActionHeaders,
    params: EffectParams,
    body: bodyOf(effectResolve),
    response: mutationResponsesWith(["EFFECT_NOT_FOUND", "EFFECT_SETTLED", "ACTION_MALFORMED"]),
  };
  app.post(`/api/effects/:effect_id/${word}`, { schema }, async (request, reply) => {
    const { effect_id } = request.params;
    const body = { effect_id, ...request.body };
    checkResolution(body as unknown as Parameters<typeof checkResolution>[0]);
    const { agent_id, state } = await getEffect(store, effect_id);
    const action = toNewAction(name, body, agent_id);
    return await mutations.one(request, reply, action, () => checkUnknown(effect_id, state));
  });
}

/** @throws {TroupeError} `EFFECT_NOT_FOUND`. */
async function getEffect(store: Store, effectId: string): Promise<EffectRow> {
  const row = await store.effects.reads.find(effectId);
  if (row === undefined) throw unknownEffect(effectId);
  return row;
}

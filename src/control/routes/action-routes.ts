/** Actions: reads the queue, enqueues actions of any kind, withdraws one. */

import Type from "typebox";
import { unknownAction } from "../../model/fleet-errors.ts";
import {
  ActionHeaders,
  ActionListQuery,
  ActionParams,
  ActionReadHeaders,
  ActionsBody,
  DeleteQuery,
} from "../../model/request.ts";
import { ActionPage, ActionResponse, ReceiptsResponse } from "../../model/response.ts";
import { withdrawnBy } from "../../model/withdrawal.ts";
import { compileActionsValidator } from "../http/action-bodies.ts";
import { ACTOR_DEFAULT, fromActionBody } from "../http/action-request.ts";
import { responses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["actions"];

export function actionRoutes(app: App, parts: RouteParts): void {
  addReads(app, parts);
  addWithdrawal(app, parts);
  addRing(app, parts);
  const { mutations, limits } = parts;
  const schema = {
    tags,
    operationId: "enqueueActions",
    summary: "Enqueue one action, or many in one commit",
    headers: ActionHeaders,
    body: ActionsBody,
    response: responses({ 200: ReceiptsResponse, 202: ReceiptsResponse }, [
      "ACTION_UNKNOWN",
      "ACTION_MALFORMED",
      "ACTION_DUPLICATE",
      "SHARD_MISDIRECTED",
      "IDEMPOTENCY_KEY_REUSED",
      "REQUEST_TOO_LARGE",
      "MEDIA_TYPE_UNSUPPORTED",
    ]),
  };
  app.post(
    "/api/actions",
    { schema, validatorCompiler: compileActionsValidator, bodyLimit: limits.bulkBytesMax },
    (request, reply) => mutations.many(request, reply, request.body.map(fromActionBody)),
  );
}

function addReads(app: App, { store, mutations, views }: RouteParts): void {
  const list = {
    tags,
    operationId: "listActions",
    summary: "Actions, newest first",
    querystring: ActionListQuery,
    response: responses({ 200: ActionPage }, ["CURSOR_INVALID"]),
  };
  app.get("/api/actions", { schema: list }, async ({ query }) => {
    const { items, next_cursor } = await store.queue.list(query);
    return { items: items.map((row) => views.action(row)), next_cursor };
  });
  const show = {
    tags,
    operationId: "getAction",
    summary: "One action, and how it ended",
    params: ActionParams,
    headers: ActionReadHeaders,
    response: responses({ 200: ActionResponse }, ["ACTION_NOT_FOUND"]),
  };
  app.get("/api/actions/:action_id", { schema: show }, async (request, reply) => {
    const { action_id } = request.params;
    const row = await store.queue.find(action_id);
    if (row === undefined) throw unknownAction(action_id);
    if (row.processed) return views.action(row);
    return (await mutations.end(request, reply, row.id)) ?? views.action(row);
  });
}

/** Polling alone is enough: a ring only makes a poll happen sooner. */
function addRing(app: App, { queue, store }: RouteParts): void {
  const schema = {
    tags,
    operationId: "ringQueue",
    summary: "Look for rows that another process has appended to the table queue",
    response: responses({ 200: Type.Object({ status: Type.Literal("rung") }) }),
  };
  app.post("/api/queue/ring", { schema }, async () => {
    queue.ring();
    store.ring();
    return { status: "rung" as const };
  });
}

function addWithdrawal(app: App, { withdraw, views }: RouteParts): void {
  const schema = {
    tags,
    operationId: "cancelAction",
    summary: "Withdraw an action that has not started",
    description:
      "Returns the action with the outcome `cancelled`. The request may be repeated: an action that " +
      "has been withdrawn already is returned as it is.",
    params: ActionParams,
    querystring: DeleteQuery,
    headers: ActionHeaders,
    response: responses({ 200: ActionResponse }, [
      "ACTION_NOT_FOUND",
      "ACTION_BEGUN",
      "STORE_UNAVAILABLE",
    ]),
  };
  app.delete("/api/actions/:action_id", { schema }, async ({ params, query }) => {
    const { actor = ACTOR_DEFAULT, reason } = query;
    const why = withdrawnBy(actor, reason, Date.now());
    return views.action(await withdraw(params.action_id, why));
  });
}

/** Actions: the queue as it is, and whatever may be put into it. */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { ActionListQuery, ActionParams } from "../../model/request.ts";
import { viewAction } from "../../model/view.ts";
import type { ActionRequest } from "../../queue/enqueue.ts";
import type { App, ControlParts } from "../control-parts.ts";

export function actionRoutes(app: App, { queue, store }: ControlParts): void {
  app.get("/api/actions", { schema: { querystring: ActionListQuery } }, async ({ query }) => {
    const { items, next_cursor } = await store.queue.list(query);
    return { items: items.map(viewAction), next_cursor };
  });
  app.get("/api/actions/:action_id", { schema: { params: ActionParams } }, async ({ params }) => {
    const row = await store.queue.find(params.action_id);
    if (row !== undefined) return viewAction(row);
    const message = `no action has the id ${excerpt(params.action_id)}`;
    throw new TroupeError("ACTION_NOT_FOUND", message);
  });
  app.post("/api/actions", async (request, reply) => {
    const asked = Array.isArray(request.body) ? request.body : [request.body];
    const ids = await queue.enqueue(
      (asked as readonly ActionRequest[]).map((action) => ({
        ...action,
        actor: action.actor ?? "rest",
      })),
    );
    return reply.code(202).send({ action_ids: ids });
  });
}

/** Mutations: an action is appended, and answered with a receipt or, where that is preferred, its end. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { TroupeError } from "../model/errors.ts";
import { viewAction } from "../model/view.ts";
import type { ActionRequest } from "../queue/enqueue.ts";
import type { ControlParts } from "./control-parts.ts";

/** Longest that an answer is held back, in seconds. */
const WAIT_SECONDS_MAX = 300;

/** Enqueues one action and answers 202, or 200 where its end was waited for. */
export async function enqueueOne(
  { queue }: ControlParts,
  request: FastifyRequest,
  reply: FastifyReply,
  action: ActionRequest,
): Promise<FastifyReply> {
  const [id = ""] = await queue.enqueue([action]);
  reply.header("location", `/api/actions/${encodeURIComponent(id)}`);
  const seconds = preferredWait(request);
  if (seconds !== undefined) {
    const row = await queue.actionWait(id, seconds * 1_000).catch(orUndefined);
    if (row !== undefined) {
      return reply.header("preference-applied", `wait=${seconds}`).send(viewAction(row));
    }
  }
  return reply.code(202).send({ action_id: id, agent_id: action.agentId ?? null });
}

/** RFC 7240; undefined where nobody wants to wait. */
export function preferredWait({ headers }: FastifyRequest): number | undefined {
  const [, digits] =
    /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=[,;]|$)/i.exec(String(headers["prefer"] ?? "")) ??
    [];
  return digits === undefined ? undefined : Math.min(Number(digits), WAIT_SECONDS_MAX);
}

function orUndefined(thrown: unknown): undefined {
  if (thrown instanceof TroupeError && thrown.code === "WAIT_TIMEOUT") return undefined;
  throw thrown;
}

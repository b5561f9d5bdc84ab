/**
 * Mutations: appends actions, and answers with a receipt or, if the client prefers to wait and the actions
 * end in time, with the processed actions.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import type { ActionRow, NewAction } from "../model/action.ts";
import type { ActionView } from "../model/agent-view.ts";
import type { Receipt, Receipts } from "../model/response.ts";
import { duplicate } from "../queue/own-ids.ts";
import { ActionWaits } from "./action-waits.ts";
import type { ClientViews } from "./client-views.ts";
import type { ControlParts } from "./control-parts.ts";
import { type Appended, Idempotency, isOf } from "./http/idempotency.ts";
import type { ServerLimits } from "./http/server-limits.ts";

export class Mutations implements Disposable {
  readonly #idempotency: Idempotency;
  readonly #waits: ActionWaits;
  readonly #waitSecondsMax: number;
  readonly #views: ClientViews;

  constructor(
    { queue, store, events }: ControlParts,
    { limits, views }: { readonly limits: ServerLimits; readonly views: ClientViews },
  ) {
    this.#views = views;
    this.#idempotency = new Idempotency(queue, store.queue);
    this.#waits = new ActionWaits(events, store.queue, limits.waitersMax);
    this.#waitSecondsMax = limits.waitSecondsMax;
  }

  /**
   * 202 and the receipt of one action, or 200 and the processed action.
   * @param check throws if the action is not possible now; not called for a repeated request
   */
  async one(
    request: FastifyRequest,
    reply: FastifyReply,
    action: NewAction,
    check?: () => void,
  ): Promise<ActionView | Receipt> {
    const appended = await this.#idempotency.append(request, [action], check);
    const [id = ""] = appended.ids;
    reply.header("location", locationOf(id));
    const [ended] = (await this.#waitFor([action], request, reply, appended)) ?? [];
    if (ended !== undefined) return ended;
    reply.code(202);
    return { action_id: id, agent_id: action.agent_id ?? null };
  }

  /** 202 and the ids of many actions, or 200 and all of them, processed. */
  async many(
    request: FastifyRequest,
    reply: FastifyReply,
    actions: readonly NewAction[],
  ): Promise<Receipts> {
    const appended = await this.#idempotency.append(request, actions);
    const { ids } = appended;
    if (ids.length === 1) reply.header("location", locationOf(ids[0] ?? ""));
    const ended = await this.#waitFor(actions, request, reply, appended);
    if (ended !== undefined) return { action_ids: ids, actions: ended };
    reply.code(202);
    return { action_ids: ids };
  }

  /** The action once it is processed, if the client prefers to wait and it ends in time. */
  async end(
    request: FastifyRequest,
    reply: FastifyReply,
    actionId: string,
  ): Promise<ActionView | undefined> {
    const [ended] = (await this.#wait(request, reply, { ids: [actionId], isOld: true })) ?? [];
    return ended && this.#views.action(ended);
  }

  /** Ends all waits, so that the waiting requests are answered. */
  [Symbol.dispose](): void {
    this.#waits[Symbol.dispose]();
  }

  /**
   * The appended actions once they are processed, if the client waits for that.
   * @throws {TroupeError} `ACTION_DUPLICATE` if another process used an id at the same moment, and its
   * action came first.
   */
  async #waitFor(
    actions: readonly NewAction[],
    request: FastifyRequest,
    reply: FastifyReply,
    appended: Appended,
  ): Promise<readonly ActionView[] | undefined> {
    const rows = await this.#wait(request, reply, appended);
    if (rows === undefined) return undefined;
    for (const [n, action] of actions.entries()) {
      if (action.id !== undefined && !isOf(action, rows[n])) throw duplicate(action.id);
    }
    return rows.map((row) => this.#views.action(row));
  }

  async #wait(
    request: FastifyRequest,
    reply: FastifyReply,
    { ids, isOld }: Appended,
  ): Promise<readonly ActionRow[] | undefined> {
    const seconds = preferredSeconds(request, this.#waitSecondsMax);
    if (seconds === undefined) return undefined;
    const gone = new AbortController();
    const onClose = () => gone.abort();
    reply.raw.once("close", onClose);
    const rows = await this.#waits.wait(ids, { ms: seconds * 1_000, signal: gone.signal, isOld });
    reply.raw.off("close", onClose);
    if (rows !== undefined) reply.header("preference-applied", `wait=${seconds}`);
    return rows;
  }
}

function locationOf(actionId: string): string {
  return `/api/actions/${encodeURIComponent(actionId)}`;
}

/** `Prefer: wait=<seconds>` of RFC 7240; undefined without it. */
function preferredSeconds({ headers }: FastifyRequest, max: number): number | undefined {
  const preference = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=[,;]|$)/i;
  const [, digits] = preference.exec(String(headers["prefer"] ?? "")) ?? [];
  return digits === undefined ? undefined : Math.min(Number(digits), max);
}

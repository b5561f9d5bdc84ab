/**
 * Idempotency: a request that is sent again under its `Idempotency-Key` is answered again and takes
 * effect once, over restarts too. The ids of its actions follow from the key, or their rows keep its
 * digest where the caller has given them ids, so the queue itself is the memory. It forgets with the
 * queue's retention.
 */

import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { ActionRow, NewAction } from "../../model/action.ts";
import { TroupeError } from "../../model/errors.ts";
import { type AgentId, newAgentId, parseAgentId } from "../../model/ids.ts";
import type { ActionQueue } from "../../queue/action-queue.ts";
import { toRow } from "../../queue/enqueue.ts";
import type { QueueTable } from "../../store/tables/queue-table.ts";

export interface Appended {
  readonly ids: readonly string[];
  /** True where some of them may have been stored before. */
  readonly isOld: boolean;
}

export class Idempotency {
  readonly #queue: ActionQueue;
  readonly #table: QueueTable;
  /** The last request under way of each key: the next one of the same key waits for it. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(queue: ActionQueue, table: QueueTable) {
    this.#queue = queue;
    this.#table = table;
  }

  /**
   * Appends the actions, unless the request's key says that they were appended before.
   * @throws {TroupeError} `IDEMPOTENCY_KEY_REUSED`, `ACTION_DUPLICATE`, `STORE_UNAVAILABLE`.
   */
  async append(request: FastifyRequest, actions: readonly NewAction[]): Promise<Appended> {
    const key = keyOf(request);
    if (key === undefined) {
      const isOld = actions.some(({ id }) => id !== undefined);
      return { ids: await this.#queue.append(actions), isOld };
    }
    const before = this.#underWay.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return await this.#appendOnce(key, actions);
    })();
    this.#underWay.set(key, mine);
    try {
      return { ids: await mine, isOld: true };
    } finally {
      if (this.#underWay.get(key) === mine) this.#underWay.delete(key);
    }
  }

  async #appendOnce(key: string, actions: readonly NewAction[]): Promise<readonly string[]> {
    const fromKey = actions.map((_, n) => idOf(key, n));
    const named = actions.map((action, n) => ({ ...action, id: action.id ?? fromKey[n] ?? "" }));
    const ids = named.map(({ id }) => id);
    const hasOwnIds = actions.some(({ id }) => id !== undefined);
    const requestKey = digest(key, "request").toString("hex");
    // The one after the last: a longer request may have come under this key.
    const further = idOf(key, actions.length);
    const byId = await this.#table.findAll([...new Set([...ids, ...fromKey, further])]);
    const byKey = await this.#table.requestKeys.find(requestKey);
    const isNew = byKey.length === 0 && ![...fromKey, further].some((id) => byId.has(id));
    if (isNew && hasOwnIds) return await this.#queue.appendKeyed(named, requestKey);
    if (isNew) return await this.#queue.appendNew(named);
    const before = new Set([...byKey, ...byId.values()].map(({ id }) => id));
    const isSame =
      before.size === actions.length &&
      named.every((action) => isOf(action, byId.get(action.id))) &&
      byKey.length === (hasOwnIds ? actions.length : 0);
    if (isSame) return ids;
    throw new TroupeError(
      "IDEMPOTENCY_KEY_REUSED",
      "the Idempotency-Key must be a new one for a request that differs from the first with this key",
    );
  }
}

/** A name for an agent whose creator gave none; the same again for the same key. */
export function freshAgentId(request: FastifyRequest): AgentId {
  const key = keyOf(request);
  if (key === undefined) return newAgentId();
  return parseAgentId(`agent-${digest(key, "agent").toString("hex").slice(0, 12)}`);
}

/** What the key stands for: the same one means something else on another route. */
function keyOf({ headers, method, url }: FastifyRequest): string | undefined {
  const key = headers["idempotency-key"];
  const [path = ""] = url.split("?", 1);
  return key === undefined ? undefined : JSON.stringify([key, method, path]);
}

/** UUIDv8 (RFC 9562): the digest's first bits, and the version's and the variant's own. */
function idOf(key: string, index: number): string {
  const bytes = digest(key, index).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function digest(key: string, part: string | number): Buffer {
  return createHash("sha256")
    .update(JSON.stringify([key, part]))
    .digest();
}

/** True where the row came of such a request, however it has fared since. */
export function isOf(request: NewAction, row: ActionRow | undefined): boolean {
  if (row === undefined) return false;
  const asked = toRow(request, row.created_at);
  const columns = ["action", "agent_id", "actor", "payload", "metadata", "urgency"] as const;
  // An attempt that failed has moved the time.
  const isMoved = row.processed || row.error !== null;
  return (
    columns.every((column) => asked[column] === row[column]) &&
    (isMoved || asked.not_before === row.not_before)
  );
}

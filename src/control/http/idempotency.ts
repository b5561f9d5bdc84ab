/**
 * Idempotency: a request that is sent again with its `Idempotency-Key` is answered again and takes
 * effect once, even across restarts. The queue itself is the memory, for as long as it keeps rows:
 * the actions' ids are derived from the key, or, if the caller gives ids, their rows keep the key's
 * digest.
 */

import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { FastifyRequest } from "fastify";
import type { ActionRow, NewAction } from "../../model/action.ts";
import { TroupeError } from "../../model/errors.ts";
import { type AgentId, newAgentId, parseAgentId } from "../../model/ids.ts";
import { parseJson } from "../../model/parse-json.ts";
import { hasAgent, type Shard } from "../../model/shard.ts";
import type { ActionQueue } from "../../queue/action-queue.ts";
import { toRow } from "../../queue/enqueue.ts";
import type { QueueTable } from "../../store/tables/queue-table.ts";

export interface Appended {
  readonly ids: readonly string[];
  /** True if some of them may have been stored before. */
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
   * Appends the actions, unless a request with the same key has appended them before.
   * @param check called before they are appended
   * @throws {TroupeError} `IDEMPOTENCY_KEY_REUSED`, `ACTION_DUPLICATE`, `STORE_UNAVAILABLE`.
   */
  async append(
    request: FastifyRequest,
    actions: readonly NewAction[],
    check?: () => void,
  ): Promise<Appended> {
    const key = keyOf(request);
    if (key === undefined) {
      check?.();
      const isOld = actions.some(({ id }) => id !== undefined);
      return { ids: await this.#queue.append(actions), isOld };
    }
    const before = this.#underWay.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return await this.#appendOnce(key, actions, check);
    })();
    this.#underWay.set(key, mine);
    try {
      return { ids: await mine, isOld: true };
    } finally {
      if (this.#underWay.get(key) === mine) this.#underWay.delete(key);
    }
  }

  async #appendOnce(
    key: string,
    actions: readonly NewAction[],
    check: (() => void) | undefined,
  ): Promise<readonly string[]> {
    const fromKey = actions.map((_, n) => idOf(key, n));
    const named = actions.map((action, n) => ({ ...action, id: action.id ?? fromKey[n] ?? "" }));
    const ids = named.map(({ id }) => id);
    const hasOwnIds = actions.some(({ id }) => id !== undefined);
    const requestKey = digest(key, "request").toString("hex");
    // The one after the last: the first request with this key may have been longer.
    const further = idOf(key, actions.length);
    const byId = await this.#table.findAll([...new Set([...ids, ...fromKey, further])]);
    const byKey = await this.#table.requestKeys.find(requestKey);
    const isNew = byKey.length === 0 && ![...fromKey, further].some((id) => byId.has(id));
    if (isNew) check?.();
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
      "this Idempotency-Key was already used for a different request; it must be a new one",
    );
  }
}

/**
 * An id for an agent whose creator gave none; the same for the same key.
 * @param shard the agent's, if the fleet has several: ids are drawn until one is in it
 */
export function freshAgentId(request: FastifyRequest, shard: Shard | undefined): AgentId {
  const key = keyOf(request);
  for (let draw = 0; ; draw += 1) {
    const agentId = key === undefined ? newAgentId() : agentIdOf(key, draw);
    if (shard === undefined || hasAgent(shard, agentId)) return agentId;
  }
}

function agentIdOf(key: string, draw: number): AgentId {
  const part = draw === 0 ? "agent" : `agent ${draw}`;
  return parseAgentId(`agent-${digest(key, part).toString("hex").slice(0, 12)}`);
}

/** The key with its method and path: on another route the same key is a different one. */
function keyOf({ headers, method, url }: FastifyRequest): string | undefined {
  const key = headers["idempotency-key"];
  const [path = ""] = url.split("?", 1);
  return key === undefined ? undefined : JSON.stringify([key, method, path]);
}

/** UUIDv8 (RFC 9562): the digest's first bits. Packages make version 5, which is from SHA-1. */
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

/** True if the row is from such a request, whatever has happened to it since. */
export function isOf(request: NewAction, row: ActionRow | undefined): boolean {
  if (row === undefined) return false;
  const expected = toRow(request, row.created_at);
  const columns = ["action", "agent_id", "actor", "urgency"] as const;
  return (
    columns.every((column) => expected[column] === row[column]) &&
    isSameJson(expected.payload, row.payload) &&
    isSameJson(expected.metadata, row.metadata) &&
    isSameTime(expected.not_before, row)
  );
}

/** A failed attempt moves `not_before` to a later time; once the action has ended, `error` does not tell. */
function isSameTime(expected: number | null, row: ActionRow): boolean {
  const mayHaveMoved = row.processed || row.error !== null;
  return mayHaveMoved ? (expected ?? 0) <= (row.not_before ?? 0) : expected === row.not_before;
}

/** A client that makes its body again may write the members of an object in another order. */
function isSameJson(a: string | null, b: string | null): boolean {
  if (a === b || a === null || b === null) return a === b;
  return isDeepStrictEqual(parseJson(a), parseJson(b));
}

/** One quota with the calls that wait for it: what calls of one provider, host, model and key share. */

import { createHash } from "node:crypto";
import type { Model } from "../model-client.ts";
import type { FairQueue, Queued } from "./fair-queue.ts";
import type { Quota, QuotaState, SetLimits } from "./quota.ts";

export interface ModelPlace<T> {
  readonly quota: Quota;
  readonly queue: FairQueue<T>;
  /** A model that has this quota, for messages. */
  model: Model;
  /** Milliseconds that calls have waited in all. */
  waitedMs: number;
  refusals: number;
  /** Start of the newest call that was answered, on the clock of `performance.now()`. */
  answeredAt: number;
}

/** A call that waits, or is in flight. */
export interface Governed<T> extends Queued<T> {
  /** The models that may answer it, in the order in which they are tried. */
  readonly models: readonly [Model, ...Model[]];
}

/** A call that waits for a turn at a place. */
export interface Wait<T> {
  readonly place: ModelPlace<T>;
  readonly call: Governed<T>;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/** One quota, as it is now. */
export interface PlaceState {
  readonly model: Model;
  readonly state: QuotaState;
  readonly since: number | null;
  readonly reason: string | null;
  readonly inFlight: number;
  readonly waiting: number;
  readonly windowSize: number;
  /** Null without a limit. */
  readonly requestsPerMinute: number | null;
  readonly waitedMs: number;
  readonly refusals: number;
}

/** True if a call may be made without a wait for the provider, perhaps as the one that looks whether it is back. */
export function isOpen(quota: Quota, now: number): boolean {
  return quota.state(now) === "ok" || quota.isProbeDue(now);
}

export function stateOf<T>(
  { model, quota, queue, waitedMs, refusals }: ModelPlace<T>,
  now: number,
): PlaceState {
  const { down, inFlight, windowSize, requestsPerMinute } = quota;
  return {
    model,
    state: quota.state(now),
    since: down?.since ?? null,
    reason: down?.reason ?? null,
    inFlight,
    waiting: queue.size,
    windowSize,
    requestsPerMinute: Number.isFinite(requestsPerMinute) ? requestsPerMinute : null,
    waitedMs,
    refusals,
  };
}

const keys = new WeakMap<Model, string>();

/** Models with the same provider, host, model and key share a quota. */
export function keyOf(model: Model): string {
  const known = keys.get(model);
  if (known !== undefined) return known;
  const { provider, host, model: name, env, urlVariable, key: secret } = model.client;
  const hash = secret && createHash("sha256").update(secret).digest("base64url");
  const key = JSON.stringify([provider, host, name, env[urlVariable], hash]);
  keys.set(model, key);
  return key;
}

/** The limits of models that share a quota: the lowest that are set. */
export function limitsOf(models: readonly Model[], concurrency: number): SetLimits {
  const least = (rates: readonly (number | undefined)[]) => {
    const set = rates.filter((rate) => rate !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  };
  return {
    rpm: least(models.map(({ rpm }) => rpm)),
    tpm: least(models.map(({ tpm }) => tpm)),
    concurrency,
    isOwn: models.every(({ client }) => client.provider === "offline"),
  };
}

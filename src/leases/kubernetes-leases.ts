/**
 * Leases as Kubernetes' own `Lease` objects, one for each shard, changed by compare-and-set on their
 * version.
 *
 * A lease has run out if its object has not changed for its whole duration, measured by this machine's
 * clock from when this process saw it first, as client-go does: no clock of another machine is compared.
 * So a process finds the lease of one that died before it started only after a whole term.
 */

import {
  type ClusterAccess,
  KubernetesApi,
  type LeaseObject,
  type Written,
} from "./kubernetes-api.ts";
import type { KubernetesPlace } from "./lease-url.ts";
import { answerMs, type Leases, type Standing } from "./leases.ts";

/** A lease as it was seen, and since when it has been so, on the monotonic clock. */
interface Seen {
  readonly version: string;
  readonly sinceMs: number;
}

/** Marks the objects of one fleet. */
const LABEL = "troupe-leases";

export class KubernetesLeases implements Leases {
  readonly name: string;
  readonly ttlMs: number;
  readonly #name: string;
  readonly #namespace: string;
  readonly #holder: string;
  readonly #api: KubernetesApi;
  /** By the object's name. */
  readonly #seen = new Map<string, Seen>();
  /** The lease of this process, as it was written last; undefined without one. */
  #own: LeaseObject | undefined;
  /** The version of the last list, for a watch to start from. */
  #listed = "";

  /** @param holder this process's name, which no other one has */
  constructor({ namespace, name, ttlMs }: KubernetesPlace, holder: string, access: ClusterAccess) {
    this.ttlMs = ttlMs;
    this.#name = name;
    this.#namespace = namespace;
    this.#holder = holder;
    this.#api = new KubernetesApi(access, namespace, answerMs({ ttlMs }));
    this.name = this.#api.name;
  }

  async find(shards: readonly number[]): Promise<readonly Standing[]> {
    const { metadata, items } = await this.#api.list(this.#selector);
    this.#listed = metadata.resourceVersion;
    const found = new Map(items.map((lease) => [lease.metadata.name, lease]));
    return shards.map((shard) => {
      const lease = found.get(this.#nameOf(shard));
      const state = lease === undefined ? "free" : this.#stateOf(lease);
      return { shard, state, holder: lease?.spec.holderIdentity ?? undefined };
    });
  }

  async claim(shard: number): Promise<boolean> {
    const name = this.#nameOf(shard);
    const found = await this.#api.find(name);
    if (found !== undefined && this.#stateOf(found) === "taken") return false;
    return this.#isOwn(
      found === undefined
        ? await this.#api.create(this.#body(name, undefined))
        : await this.#api.replace(name, this.#body(name, found)),
    );
  }

  async keep(shard: number): Promise<boolean> {
    const name = this.#nameOf(shard);
    if (this.#own === undefined) return false;
    const written = await this.#api.replace(name, this.#body(name, this.#own));
    if (written !== "conflict") return this.#isOwn(written);
    // Somebody else may have changed the object without taking it, or an answer to a renewal was lost.
    const found = await this.#api.find(name);
    if (found?.spec.holderIdentity !== this.#holder) return this.#isOwn("missing");
    return this.#isOwn(await this.#api.replace(name, this.#body(name, found)));
  }

  watch(signal: AbortSignal): Promise<void> {
    const from = { selector: this.#selector, version: this.#listed };
    return this.#api.watch(from, ({ spec }) => !spec.holderIdentity, signal);
  }

  async release(shard: number): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    if (own === undefined) return;
    const { holderIdentity: _, ...spec } = own.spec;
    const free = {
      ...this.#body(own.metadata.name, own),
      spec: { ...spec, leaseDurationSeconds: 1 },
    };
    await this.#api.replace(this.#nameOf(shard), free).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#api[Symbol.dispose]();
  }

  #isOwn(written: Written): boolean {
    this.#own = typeof written === "string" ? undefined : written.lease;
    return this.#own !== undefined;
  }

  #stateOf({ metadata, spec }: LeaseObject): Standing["state"] {
    const { holderIdentity: holder, leaseDurationSeconds: seconds } = spec;
    if (!holder) return "free";
    if (holder === this.#holder) return "own";
    const now = performance.now();
    const version = metadata.resourceVersion;
    let seen = this.#seen.get(metadata.name);
    if (seen?.version !== version) {
      seen = { version, sinceMs: now };
      this.#seen.set(metadata.name, seen);
    }
    const durationMs = seconds == null ? this.ttlMs : seconds * 1_000;
    return now - seen.sinceMs > durationMs ? "free" : "taken";
  }

  #body(name: string, before: LeaseObject | undefined): object {
    const spec = before?.spec;
    const now = microTime();
    const isRenewal = spec?.holderIdentity === this.#holder;
    const transitions = spec?.leaseTransitions ?? 0;
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        ...before?.metadata,
        name,
        namespace: this.#namespace,
        labels: { ...before?.metadata.labels, [LABEL]: this.#name },
      },
      spec: {
        holderIdentity: this.#holder,
        leaseDurationSeconds: this.ttlMs / 1_000,
        acquireTime: isRenewal ? (spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: isRenewal || spec === undefined ? transitions : transitions + 1,
      },
    };
  }

  get #selector(): string {
    return `${LABEL}=${this.#name}`;
  }

  #nameOf(shard: number): string {
    return `${this.#name}-${String(shard).padStart(4, "0")}`;
  }
}

/** Kubernetes takes six digits after the second and no fewer. For people: no process compares it. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

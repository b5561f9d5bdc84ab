/**
 * The part of Kubernetes' API that has `Lease` objects, over HTTP: names are unique, a write needs the
 * object's version, a list can be watched. It can hang, refuse, and end its watches.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackHttp } from "./loopback-http.ts";
import { until } from "./until.ts";

interface StoredLease {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Kubernetes' form of a time in a lease. */
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const PATH = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/agents\/leases(?:\/([a-z0-9.-]+))?$/;

export class LeaseApi extends LoopbackHttp {
  /** Requests so far, as `PUT troupe-0000`. */
  readonly heard: string[] = [];
  /** The token that is accepted. */
  token = "token-1";
  /** While true, nothing is answered. */
  isHanging = false;
  /** Answers of the next writes, in place of their effect. */
  readonly refusals: number[] = [];
  /** True: the next write takes effect, and its connection breaks before the answer. */
  losesAnswer = false;
  readonly #leases = new Map<string, StoredLease>();
  readonly #watches = new Set<ServerResponse>();
  readonly #held: (() => void)[] = [];
  #version = 1;

  static start(): Promise<LeaseApi> {
    return new LeaseApi().listen();
  }

  get names(): readonly string[] {
    return [...this.#leases.keys()];
  }

  specOf(name: string): Readonly<Record<string, unknown>> | undefined {
    return this.#leases.get(name)?.spec;
  }

  /** As another client: changes the object, whatever its version. */
  change(name: string, spec: Readonly<Record<string, unknown>>): void {
    const before = this.#leases.get(name);
    const labels = { "troupe-leases": "troupe" };
    this.#store(name, { metadata: before?.metadata ?? { name, labels }, spec });
  }

  remove(name: string): void {
    const lease = this.#leases.get(name);
    this.#leases.delete(name);
    if (lease !== undefined) this.#publish("DELETED", lease);
  }

  /** Resolves once a client watches. */
  watched(): Promise<unknown> {
    return until(() => this.#watches.size > 0);
  }

  /** As a server that is restarted, or has forgotten the version. */
  endWatches(lastWords = ""): void {
    for (const watch of this.#watches) watch.end(lastWords);
  }

  /** Answers what has waited, and everything from now on. */
  wake(): void {
    this.isHanging = false;
    for (const go of this.#held.splice(0)) go();
  }

  protected async respond(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> {
    const { method = "", url = "", headers } = request;
    const { pathname, searchParams } = new URL(url, this.url);
    const [isKnown, name] = PATH.exec(pathname) ?? [];
    this.heard.push(`${method} ${name ?? (searchParams.has("watch") ? "watch" : "all")}`);
    if (this.isHanging) await new Promise<void>((go) => this.#held.push(go));
    if (isKnown === undefined) return refuse(response, 404, "no such path");
    if (headers.authorization !== `Bearer ${this.token}`) {
      return refuse(response, 401, "Unauthorized");
    }
    if (method !== "GET") return this.#write(method, name, body, response);
    if (searchParams.has("watch")) return this.#watch(response);
    if (name === undefined) return this.#list(searchParams.get("labelSelector") ?? "", response);
    const lease = this.#leases.get(name);
    return lease ? answer(response, 200, lease) : refuse(response, 404, `no lease ${name}`);
  }

  #list(selector: string, response: ServerResponse): void {
    const [label = "", value] = selector.split("=");
    const items = [...this.#leases.values()].filter(
      ({ metadata }) => metadata.labels?.[label] === value,
    );
    answer(response, 200, { metadata: { resourceVersion: String(this.#version) }, items });
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    this.#watches.add(response);
    response.on("close", () => this.#watches.delete(response));
  }

  #write(method: string, path: string | undefined, body: Buffer, response: ServerResponse): void {
    const lease = JSON.parse(body.toString()) as StoredLease;
    const [status, why] = this.#faultOf(method, path, lease) ?? [];
    if (status !== undefined) {
      refuse(response, status, why ?? "");
      return;
    }
    const stored = this.#store(lease.metadata.name, lease);
    if (this.losesAnswer) {
      this.losesAnswer = false;
      response.destroy();
    } else {
      answer(response, method === "POST" ? 201 : 200, stored);
    }
  }

  /** Why a write is refused: a status and a reason. */
  #faultOf(method: string, path: string | undefined, { metadata, spec }: StoredLease) {
    const status = this.refusals.shift();
    if (status !== undefined) return [status, `refused with ${status}`] as const;
    const { name, resourceVersion } = metadata;
    const isValid =
      Number.isInteger(spec["leaseDurationSeconds"]) &&
      MICRO_TIME.test(String(spec["renewTime"])) &&
      MICRO_TIME.test(String(spec["acquireTime"])) &&
      spec["holderIdentity"] !== "";
    if (!isValid) return [422, "the lease is invalid"] as const;
    const before = this.#leases.get(name);
    if (method === "PUT" && (before === undefined || path !== name)) {
      return [404, `no lease ${name}`] as const;
    }
    const isFirst = method === "POST" || before?.metadata.resourceVersion === resourceVersion;
    if (!isFirst || (method === "POST" && before !== undefined)) {
      return [409, "the object exists, or was changed"] as const;
    }
    return undefined;
  }

  #store(name: string, lease: Pick<StoredLease, "spec"> & { readonly metadata: object }) {
    this.#version += 1;
    const metadata = { ...lease.metadata, name, resourceVersion: String(this.#version) };
    const stored = { ...lease, metadata };
    const type = this.#leases.has(name) ? "MODIFIED" : "ADDED";
    this.#leases.set(name, stored);
    this.#publish(type, stored);
    return stored;
  }

  #publish(type: string, object: StoredLease): void {
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object })}\n`);
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, message: string): void {
  answer(response, code, { kind: "Status", status: "Failure", code, message });
}

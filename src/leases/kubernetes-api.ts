/** Kubernetes' API for `Lease` objects of one namespace, with the service account of the pod. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { TroupeError } from "../model/errors.ts";
import { HttpJson, type JsonAnswer, unavailable } from "./http-json.ts";

/** Where the API is, and how this process proves who it is. */
export interface ClusterAccess {
  readonly url: string;
  /** The authority of the API's certificate, in PEM. */
  readonly ca?: string | undefined;
  /** Read for each request, because Kubernetes replaces the token within the hour. */
  readonly tokenFile: string;
}

/** The folder that Kubernetes mounts into each pod. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * @param env `KUBERNETES_SERVICE_HOST` and `_PORT`, which each pod has
 * @throws {TroupeError} `SETTING_INVALID` outside a pod.
 */
export async function readClusterAccess(
  env: Readonly<Record<string, string | undefined>>,
  folder = SERVICE_ACCOUNT,
): Promise<ClusterAccess> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  const ca = await readFile(join(folder, "ca.crt"), "utf8").catch(() => undefined);
  if (host === undefined || ca === undefined) {
    const missing = host === undefined ? "KUBERNETES_SERVICE_HOST" : join(folder, "ca.crt");
    const message = `TROUPE_LEASES names Kubernetes, so this process must run in a pod with a service account; there is no ${missing}`;
    throw new TroupeError("SETTING_INVALID", message, { details: { setting: "TROUPE_LEASES" } });
  }
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `https://${name}:${port}`, ca, tokenFile: join(folder, "token") };
}

const nullable = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

export const LeaseObject = Type.Object({
  metadata: Type.Object({
    name: Type.String(),
    resourceVersion: Type.String(),
    labels: nullable(Type.Record(Type.String(), Type.String())),
  }),
  spec: Type.Object({
    holderIdentity: nullable(Type.String()),
    leaseDurationSeconds: nullable(Type.Number()),
    leaseTransitions: nullable(Type.Number()),
    acquireTime: nullable(Type.String()),
  }),
});
export type LeaseObject = Static<typeof LeaseObject>;

const LeaseList = Type.Object({
  metadata: Type.Object({ resourceVersion: Type.String() }),
  items: Type.Array(LeaseObject),
});
const Status = Type.Object({ message: Type.String() });
const WatchEvent = Type.Object({ type: Type.String(), object: Type.Unknown() });

/** What a write has led to. `conflict`: another process was first, or the object is not there. */
export type Written = { readonly lease: LeaseObject } | "conflict" | "missing";

export class KubernetesApi implements Disposable {
  readonly name: string;
  readonly #access: ClusterAccess;
  readonly #path: string;
  readonly #deadlineMs: number;
  readonly #http: HttpJson;

  constructor(access: ClusterAccess, namespace: string, deadlineMs: number) {
    this.name = `Kubernetes at ${access.url}`;
    this.#access = access;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    this.#deadlineMs = deadlineMs;
    this.#http = new HttpJson(this.name, { ca: access.ca });
  }

  /** From the API server's memory, which may be behind by a moment: only a write is certain. */
  async list(selector: string): Promise<Static<typeof LeaseList>> {
    const query = new URLSearchParams({ labelSelector: selector, resourceVersion: "0" });
    const answer = await this.#send("GET", `?${query}`);
    if (answer.status === 200 && Check(LeaseList, answer.body)) return answer.body;
    throw this.#refusal(answer);
  }

  async find(name: string): Promise<LeaseObject | undefined> {
    const answer = await this.#send("GET", `/${name}`);
    if (answer.status === 404) return undefined;
    if (answer.status === 200 && Check(LeaseObject, answer.body)) return answer.body;
    throw this.#refusal(answer);
  }

  create(lease: object): Promise<Written> {
    return this.#write("POST", "", lease);
  }

  /** Only if it still has the version in its metadata. */
  replace(name: string, lease: object): Promise<Written> {
    return this.#write("PUT", `/${name}`, lease);
  }

  /** Resolves once an object satisfies `isNews`, or one is deleted. Rejects if the watch ends. */
  async watch(
    { selector, version }: { readonly selector: string; readonly version: string },
    isNews: (lease: LeaseObject) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const options = { labelSelector: selector, resourceVersion: version, watch: "1" };
    const url = `${this.#access.url}${this.#path}?${new URLSearchParams(options)}`;
    const headers = await this.#headers();
    for await (const line of this.#http.lines({ method: "GET", url, headers }, signal)) {
      if (!Check(WatchEvent, line) || line.type === "ERROR") break;
      if (line.type === "DELETED") return;
      if (Check(LeaseObject, line.object) && isNews(line.object)) return;
    }
    throw unavailable(this.name, "the watch has ended");
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }

  async #write(method: "POST" | "PUT", path: string, lease: object): Promise<Written> {
    const answer = await this.#send(method, path, lease);
    const { status, body } = answer;
    if (status === 409) return "conflict";
    if (status === 404 && method === "PUT") return "missing";
    if ((status === 200 || status === 201) && Check(LeaseObject, body)) return { lease: body };
    throw this.#refusal(answer);
  }

  async #send(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<JsonAnswer> {
    const url = `${this.#access.url}${this.#path}${path}`;
    const headers = await this.#headers();
    const request = { method, url, headers, ...(body && { body }) };
    return await this.#http.send(request, this.#deadlineMs);
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    try {
      const token = await readFile(this.#access.tokenFile, "utf8");
      return { authorization: `Bearer ${token.trim()}` };
    } catch (cause) {
      throw unavailable(this.name, `the token cannot be read: ${(cause as Error).message}`, cause);
    }
  }

  #refusal({ status, body }: JsonAnswer): TroupeError {
    const why = Check(Status, body) ? `status ${status}, ${body.message}` : `status ${status}`;
    return unavailable(this.name, why);
  }
}

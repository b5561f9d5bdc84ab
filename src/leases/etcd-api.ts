/**
 * etcd's JSON gateway: one request to whichever member answers. Keys and values are base64 there, and
 * 64-bit numbers are text.
 */

import Type, { type Static, type TSchema } from "typebox";
import { Check } from "typebox/value";
import { defined } from "../model/defined.ts";
import { type Certificates, HttpJson, type JsonAnswer, unavailable } from "./http-json.ts";

export interface EtcdAccess extends Certificates {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

const Kv = Type.Object({
  key: Type.String(),
  value: Type.Optional(Type.String()),
  mod_revision: Type.String(),
  lease: Type.Optional(Type.String()),
});
const Range = Type.Object({ kvs: Type.Optional(Type.Array(Kv)) });

/** What is read of each method's answer. etcd leaves out what is false, zero or empty. */
const answers = {
  "/v3/kv/range": Range,
  "/v3/kv/txn": Type.Object({
    succeeded: Type.Optional(Type.Boolean()),
    responses: Type.Optional(Type.Array(Type.Object({ response_range: Type.Optional(Range) }))),
  }),
  "/v3/lease/grant": Type.Object({ ID: Type.String(), TTL: Type.String() }),
  "/v3/lease/keepalive": Type.Object({
    result: Type.Object({ TTL: Type.Optional(Type.String()) }),
  }),
  "/v3/lease/revoke": Type.Object({}),
  "/v3/auth/authenticate": Type.Object({ token: Type.String() }),
} as const satisfies Record<string, TSchema>;

type Answers = typeof answers;
export type EtcdKv = Static<typeof Kv>;

const Fault = Type.Object({ message: Type.String() });
const WatchLine = Type.Object({
  result: Type.Object({
    canceled: Type.Optional(Type.Boolean()),
    events: Type.Optional(Type.Array(Type.Object({ type: Type.Optional(Type.String()) }))),
  }),
});

export class EtcdApi implements Disposable {
  readonly name: string;
  readonly #endpoints: readonly string[];
  readonly #access: EtcdAccess;
  readonly #deadlineMs: number;
  readonly #http: HttpJson;
  /** Index of the member that has answered last. */
  #current = 0;
  /** Undefined before the first request, and once etcd no longer takes it. */
  #token: string | undefined;

  constructor(endpoints: readonly string[], access: EtcdAccess, deadlineMs: number) {
    this.name = `etcd at ${endpoints.join(", ")}`;
    this.#endpoints = endpoints;
    this.#access = access;
    this.#deadlineMs = deadlineMs;
    const { ca, cert, key } = access;
    this.#http = new HttpJson(this.name, { ca, cert, key });
  }

  /** @throws {TroupeError} `LEASES_UNAVAILABLE`. */
  async call<M extends keyof Answers>(method: M, body: object): Promise<Static<Answers[M]>> {
    const answer = await this.#callAny(method, body);
    if (answer.status === 200 && Check(answers[method], answer.body)) return answer.body;
    const { status, body: found } = answer;
    const why = Check(Fault, found) ? found.message : `status ${status} to ${method}`;
    throw unavailable(this.name, why);
  }

  /** Resolves once a key of the range is removed. Rejects if the watch ends. */
  async watchDeletes(range: object, signal: AbortSignal): Promise<void> {
    const body = { create_request: { ...range, filters: ["NOPUT"] } };
    const headers = await this.#headers();
    const url = `${this.#endpoint}/v3/watch`;
    for await (const line of this.#http.lines({ method: "POST", url, headers, body }, signal)) {
      if (!Check(WatchLine, line) || line.result.canceled === true) break;
      if (line.result.events?.some(({ type }) => type === "DELETE") === true) return;
    }
    throw unavailable(this.name, "the watch has ended");
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }

  get #endpoint(): string {
    return this.#endpoints[this.#current] ?? "";
  }

  /** One try at each member, from the one that answered last. */
  async #callAny(method: string, body: object): Promise<JsonAnswer> {
    let last: unknown;
    for (const _ of this.#endpoints) {
      try {
        const answer = await this.#callAuthorized(method, body);
        // A member without a leader, or one that is shutting down.
        if (answer.status < 500) return answer;
        last = unavailable(this.name, this.#reasonOf(answer));
      } catch (error) {
        last = error;
      }
      this.#current = (this.#current + 1) % this.#endpoints.length;
    }
    throw last;
  }

  /** Tokens run out, and a member that was restarted knows none: then once more with a new one. */
  async #callAuthorized(method: string, body: object): Promise<JsonAnswer> {
    const hadToken = this.#token !== undefined;
    const answer = await this.#post(method, body, await this.#headers());
    if (answer.status !== 401 || !hadToken) return answer;
    this.#token = undefined;
    return await this.#post(method, body, await this.#headers());
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    const { user: name, password } = this.#access;
    if (name === undefined) return {};
    if (this.#token === undefined) {
      const method = "/v3/auth/authenticate";
      const answer = await this.#post(method, { name, password }, {});
      if (!Check(answers[method], answer.body))
        throw unavailable(this.name, this.#reasonOf(answer));
      this.#token = answer.body.token;
    }
    return defined({ authorization: this.#token });
  }

  #post(method: string, body: object, headers: Readonly<Record<string, string>>) {
    const url = `${this.#endpoint}${method}`;
    return this.#http.send({ method: "POST", url, headers, body }, this.#deadlineMs);
  }

  #reasonOf({ status, body }: JsonAnswer): string {
    return Check(Fault, body) ? body.message : `status ${status}`;
  }
}

export function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString();
}

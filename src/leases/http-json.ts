/**
 * JSON over HTTP for the engines: requests with a deadline, and streams with one JSON object a line.
 * Node's own client and not `fetch`, which cannot be given other certificates.
 */

import * as http from "node:http";
import * as https from "node:https";
import { TroupeError } from "../model/errors.ts";
import { parseJson } from "../model/parse-json.ts";

/** Certificates in PEM: of the authority that the server's is checked with, and this client's. */
export interface Certificates {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface JsonRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined if the body is not JSON. */
  readonly body: unknown;
}

/** Longest answer, and longest line of a stream: 4,096 leases are 4 MiB. */
const BYTES_MAX = 16 * 1024 * 1024;

export class HttpJson implements Disposable {
  readonly #name: string;
  readonly #certificates: Certificates;
  readonly #agents = [new http.Agent({ keepAlive: true }), new https.Agent({ keepAlive: true })];

  /** @param name the engine's, for messages */
  constructor(name: string, certificates: Certificates = {}) {
    this.#name = name;
    this.#certificates = certificates;
  }

  /** @throws {TroupeError} `LEASES_UNAVAILABLE` if the whole answer has not arrived within `deadlineMs`. */
  async send(request: JsonRequest, deadlineMs: number): Promise<JsonAnswer> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), deadlineMs);
    try {
      const response = await this.#open(request, late.signal);
      let text = "";
      for await (const chunk of response) text = bounded(text + String(chunk));
      return { status: response.statusCode ?? 0, body: parseJson(text) };
    } catch (cause) {
      const why = late.signal.aborted
        ? `no answer within ${deadlineMs / 1_000} s`
        : reasonOf(cause);
      throw unavailable(this.#name, why, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The objects of a stream, until the server ends it or the signal fires.
   * @throws {TroupeError} `LEASES_UNAVAILABLE` if it breaks, or is answered with another status than 200.
   */
  async *lines(request: JsonRequest, signal: AbortSignal): AsyncGenerator<unknown> {
    try {
      const response = await this.#open(request, signal);
      if (response.statusCode !== 200) {
        response.destroy();
        throw new Error(`the watch was answered with status ${response.statusCode}`);
      }
      let rest = "";
      for await (const chunk of response) {
        const lines = (rest + String(chunk)).split("\n");
        rest = bounded(lines.pop() ?? "");
        for (const line of lines) if (line.trim() !== "") yield parseJson(line);
      }
    } catch (cause) {
      throw unavailable(this.#name, reasonOf(cause), cause);
    }
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents) agent.destroy();
  }

  #open({ method, url, headers, body }: JsonRequest, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const isSecure = url.startsWith("https:");
    const options = {
      method,
      signal,
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
      agent: this.#agents[isSecure ? 1 : 0],
      ...(isSecure ? this.#certificates : {}),
    };
    const request = (isSecure ? https : http).request(url, options, (response) => {
      response.setEncoding("utf8");
      resolve(response);
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }
}

export function unavailable(name: string, why: string, cause?: unknown): TroupeError {
  const message = `${name} does not do what is needed for leases: ${why}`;
  return new TroupeError("LEASES_UNAVAILABLE", message, { cause, details: { engine: name } });
}

function bounded(text: string): string {
  if (text.length > BYTES_MAX) throw new Error(`an answer of more than ${BYTES_MAX} bytes`);
  return text;
}

/** An error that covers all addresses of a host has an empty message. */
function reasonOf(error: unknown): string {
  const { message, errors, code } = error as AggregateError & { readonly code?: string };
  return message || String((errors?.[0] as Error | undefined)?.message ?? code ?? error);
}

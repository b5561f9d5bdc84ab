/**
 * Requests to a server: JSON in both directions, and every failure as a {@link TroupeError}. Each is
 * retried if the connection fails: reads change nothing, and the `Idempotency-Key` of a write lets it
 * take effect once.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Backoff, backoffMs } from "../model/backoff.ts";
import { defined } from "../model/defined.ts";
import { messageOf, TroupeError } from "../model/errors.ts";
import { isObject, parseJson } from "../model/parse-json.ts";
import { fromErrorData } from "../model/revive-error.ts";
import type { Address } from "./server-address.ts";

/** Tries of one request if the server is not reached. */
const TRIES_MAX = 4;
const RETRY: Backoff = { baseMs: 100, maxMs: 1_000 };
/** Milliseconds that an answer may take beyond the requested wait. */
const ANSWER_MS_MAX = 30_000;

/** Statuses with which a proxy reports that no server answers behind it, or, the last, not in time. */
const PROXY_STATUSES: readonly number[] = [502, 503, 504];
const PROXY_TIMEOUT = 504;

/** Values of a query; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds that the server may wait before it answers. */
  readonly waitMs?: number;
}

/** A parsed JSON body, with its headers. */
export interface Answer {
  readonly body: unknown;
  readonly headers: Headers;
}

/**
 * Called before each try: a server may have a new address after a restart.
 * @param isRetry true if the last address did not answer
 */
export type Locate = (isRetry: boolean) => Promise<Address>;

export class Requests {
  readonly #locate: Locate;
  readonly #closing: AbortSignal;

  /** @param closing ends the requests that run, and refuses all later ones, with its reason */
  constructor(locate: Locate, closing: AbortSignal) {
    this.#locate = locate;
    this.#closing = closing;
  }

  /** @param waitMs sent as `Prefer: wait`, in whole seconds */
  get(path: string, query: Query = {}, waitMs = 0): Promise<Answer> {
    const seconds = Math.floor(waitMs / 1_000);
    const headers = seconds > 0 ? { prefer: `wait=${seconds}` } : {};
    return this.#request({ method: "GET", path: path + queryText(query), headers, waitMs });
  }

  /** {@link get}, or undefined if the server answers with the code `missing`. */
  async find(path: string, missing: TroupeError["code"], waitMs = 0): Promise<Answer | undefined> {
    try {
      return await this.get(path, {}, waitMs);
    } catch (error) {
      if (error instanceof TroupeError && error.code === missing) return undefined;
      throw error;
    }
  }

  /** @param waitMs milliseconds that the answer may take beyond the usual limit */
  post(path: string, body: unknown, waitMs = 0): Promise<Answer> {
    return this.#request({
      method: "POST",
      path,
      headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
      body: JSON.stringify(body),
      waitMs,
    });
  }

  /** A change that can be repeated without harm, as it is if the connection fails. */
  change(method: "PATCH" | "DELETE", path: string, body?: unknown): Promise<Answer> {
    if (body === undefined) return this.#request({ method, path, headers: {} });
    const headers = { "content-type": "application/json" };
    return this.#request({ method, path, headers, body: JSON.stringify(body) });
  }

  /**
   * Opens an endless answer, with a single try.
   * @throws {TroupeError} `SERVER_UNREACHABLE`, `SERVER_UNKNOWN`, or the server's own.
   */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const address = await this.#locate(false);
    const response = await send(address, { method: "GET", path, headers }, signal);
    if (!response.ok) throw await refusal(response, address);
    const type = response.headers.get("content-type") ?? "";
    if (response.body !== null && type.startsWith("text/event-stream")) return response.body;
    await response.body?.cancel();
    throw foreign(address, `${path} answered ${type || "nothing"} instead of a stream of events`);
  }

  async #request(call: Call): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      this.#closing.throwIfAborted();
      try {
        return await exchange(await this.#locate(attempt > 1), call, this.#closing);
      } catch (error) {
        this.#closing.throwIfAborted();
        if (attempt === TRIES_MAX || !isUnreachable(error) || isTooLate(error)) throw error;
      }
      const pauseMs = backoffMs(RETRY, attempt, Math.random());
      await delay(pauseMs, undefined, { signal: this.#closing }).catch(() => undefined);
    }
  }
}

/** True if the server is not there or not ready: a retry may reach it. */
export function isUnreachable(error: unknown): error is TroupeError {
  if (!(error instanceof TroupeError)) return false;
  return error.code === "SERVER_UNREACHABLE" || error.code === "SERVER_NOT_READY";
}

/** A server that accepts the connection and does not answer will probably not answer a second try. */
function isTooLate(error: TroupeError): boolean {
  const isLateAtProxy = error.details["status"] === PROXY_TIMEOUT;
  return isLateAtProxy || (error.cause as Error | undefined)?.name === "TimeoutError";
}

async function exchange(address: Address, call: Call, closing: AbortSignal): Promise<Answer> {
  // It may have fired while the server was located.
  closing.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort();
  closing.addEventListener("abort", end);
  // It takes whole numbers only.
  const late = AbortSignal.timeout(Math.ceil(ANSWER_MS_MAX + (call.waitMs ?? 0)));
  try {
    // Not `closing` itself, in which older Nodes keep something of each combined signal.
    return await answerOf(address, call, AbortSignal.any([late, ending.signal]));
  } finally {
    closing.removeEventListener("abort", end);
  }
}

async function answerOf(address: Address, call: Call, signal: AbortSignal): Promise<Answer> {
  const response = await send(address, call, signal);
  if (!response.ok) throw await refusal(response, address);
  const text = await textOf(response, address);
  const body = parseJson(text);
  if (body === undefined) throw foreign(address, `${call.path} answered something other than JSON`);
  return { body, headers: response.headers };
}

async function send({ url, token }: Address, call: Call, signal: AbortSignal): Promise<Response> {
  const { method, path, body } = call;
  const headers = { ...authorization(token), ...call.headers };
  try {
    return await fetch(url + path, {
      method,
      headers,
      ...defined({ body }),
      // The token must not reach another server.
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw unreachable(url, error);
  }
}

async function textOf(response: Response, { url }: Address): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** The server's error; `SERVER_UNREACHABLE` of a proxy; `SERVER_UNKNOWN` if it is neither. */
async function refusal(response: Response, address: Address): Promise<TroupeError> {
  const problem = parseJson(await textOf(response, address));
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  if (isProblem === true && isObject(problem) && typeof problem["code"] === "string") {
    const { code, detail, title, details } = problem;
    const message = String(detail ?? title ?? code);
    return fromErrorData(
      defined({ code, message, details: isObject(details) ? details : undefined }),
    );
  }
  if (PROXY_STATUSES.includes(response.status)) return unreachable(address.url, response);
  return foreign(address, `it answered ${response.status} without one of Troupe's error codes`);
}

/** @throws {TroupeError} `TOKEN_REQUIRED`, without the token, which the error of `fetch` would show. */
function authorization(token: string | undefined): Readonly<Record<string, string>> {
  if (token === undefined) return {};
  const line = token.trim();
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(line)) return { authorization: `Bearer ${line}` };
  const message = "the token must be one line of characters that an HTTP header can have";
  throw new TroupeError("TOKEN_REQUIRED", message);
}

/** @param cause the answer of a proxy, or what `fetch` has thrown */
function unreachable(url: string, cause: unknown): TroupeError {
  const isProxy = cause instanceof Response;
  const why = isProxy ? `a proxy answered ${cause.status}` : reasonOf(cause);
  return new TroupeError("SERVER_UNREACHABLE", `no server answers at ${url}: ${why}`, {
    ...(isProxy ? { details: { url, status: cause.status } } : { cause, details: { url } }),
  });
}

/** `fetch` hides the reason in causes of causes. */
function reasonOf(thrown: unknown): string {
  let innermost = thrown;
  while (innermost instanceof Error && innermost.cause instanceof Error) {
    innermost = innermost.cause;
  }
  if (innermost instanceof AggregateError) [innermost] = innermost.errors as readonly unknown[];
  return messageOf(innermost);
}

function foreign({ url }: Address, reason: string): TroupeError {
  return new TroupeError("SERVER_UNKNOWN", `the server at ${url} is not Troupe: ${reason}`, {
    details: { url },
  });
}

export function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/**
 * The relay's way to a provider: one request over Node's own client, with redirects followed here,
 * because a client that followed them itself would leave the relay.
 */

import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { getCACertificates } from "node:tls";
import type { ErrorCode } from "../model/error-codes.ts";

/** Answers of the kind "go on", which come before the answer and may come without an end. */
const REMARKS_MAX = 16;
/** Redirects followed in a row. */
const REDIRECTS_MAX = 5;
/** Milliseconds that a connection to a provider is kept for the next call. */
const IDLE_MS = 30_000;
/** Why a call had no answer that could be passed on. */
export interface RelayFault {
  readonly code: ErrorCode;
  /** What the provider did: follows its name in a message. */
  readonly what: string;
}

/** Sets of proxy settings whose connections are kept: a reload may bring others. */
const AGENTS_MAX = 4;

export interface Exchange {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Milliseconds to connect. */
  readonly connectMs: number;
  /** Names and values of the environment that say which proxy to use. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

/** Exactly one of the two is called, once. */
export interface ExchangeEnds {
  /** The answer's status and headers have arrived; its body has to be read. */
  readonly onAnswer: (answer: IncomingMessage) => void;
  readonly onFault: (fault: RelayFault) => void;
}

/** Sends the request. Calling the result ends the exchange, wherever it is. */
export function sendUpstream(exchange: Exchange, ends: ExchangeEnds): () => void {
  let end = () => undefined as unknown;
  const send = (url: URL, headers: Exchange["headers"], redirectsLeft: number) => {
    const request = openRequest(url, { ...exchange, headers });
    end = () => request.destroy();
    request.on("error", (error) => ends.onFault(toFault(error)));
    let remarks = 0;
    request.on("information", () => {
      remarks += 1;
      if (remarks > REMARKS_MAX) request.destroy(new TooManyRemarks());
    });
    // Without a listener the connection would be closed, and nobody be told.
    request.on("upgrade", (_answer, socket) => {
      socket.destroy();
      ends.onFault(SWITCHED);
    });
    request.on("response", (answer) => {
      const next = redirectOf(answer, url);
      if (next === undefined) return ends.onAnswer(answer);
      answer.destroy(); // its body may have no end
      if (next === "unusable" || redirectsLeft === 0) return ends.onFault(misled(answer));
      send(next, next.origin === url.origin ? headers : withoutKeys(headers), redirectsLeft - 1);
    });
    request.end(exchange.body);
  };
  try {
    send(new URL(exchange.url), exchange.headers, REDIRECTS_MAX);
  } catch (error) {
    ends.onFault(toFault(error));
  }
  return () => end();
}

function openRequest(url: URL, { method, headers, connectMs, proxyEnv }: Exchange) {
  const { http, https } = agentsFor(proxyEnv);
  const sent = sentHeaders(headers, url);
  const request =
    url.protocol === "https:"
      ? requestHttps(url, { method, headers: sent, agent: https })
      : requestHttp(url, { method, headers: sent, agent: http });
  const timer = setTimeout(() => request.destroy(new ConnectTimeout()), connectMs);
  request.on("close", () => clearTimeout(timer));
  request.on("socket", (socket) => {
    if (!socket.connecting) return clearTimeout(timer);
    const event = url.protocol === "https:" ? "secureConnect" : "connect";
    socket.once(event, () => clearTimeout(timer));
  });
  return request;
}

class ConnectTimeout extends Error {
  readonly code = "ETIMEDOUT";
}

class TooManyRemarks extends Error {
  readonly code = "HPE_HEADER_OVERFLOW";
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

const agents = new Map<string, Agents>();

function agentsFor(proxyEnv: Exchange["proxyEnv"]): Agents {
  const name = JSON.stringify(proxyEnv);
  const kept = agents.get(name);
  if (kept !== undefined) return kept;
  const options = { keepAlive: true, timeout: IDLE_MS, proxyEnv: { ...proxyEnv } };
  // The machine's own authorities beside Node's: a company's proxy or endpoint may have one.
  const ca = [...getCACertificates("default"), ...getCACertificates("system")];
  const made = { http: new HttpAgent(options), https: new HttpsAgent({ ...options, ca }) };
  agents.set(name, made);
  const [oldest] = agents.keys();
  if (agents.size > AGENTS_MAX && oldest !== undefined) agents.delete(oldest);
  return made;
}

/** Without those of the connection to the relay, and the one in which BAML tells the relay's address. */
function sentHeaders(headers: Exchange["headers"], url: URL) {
  const {
    connection: _c,
    "keep-alive": _k,
    "transfer-encoding": _t,
    "baml-original-url": _b,
    ...sent
  } = headers;
  return { ...sent, host: url.host };
}

/** Where the same request is to be sent instead; a redirect that changes it is of no use. */
function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL) {
  if (statusCode < 300 || statusCode >= 400) return undefined;
  const to = URL.parse(headers.location ?? "", from);
  const isUsable =
    (statusCode === 307 || statusCode === 308) && /^https?:$/.test(to?.protocol ?? "");
  return isUsable && to !== null ? to : "unusable";
}

function withoutKeys(headers: Exchange["headers"]): Exchange["headers"] {
  const {
    authorization: _a,
    "x-api-key": _x,
    "x-goog-api-key": _g,
    "api-key": _k,
    ...rest
  } = headers;
  return rest;
}

const SWITCHED: RelayFault = {
  code: "LLM_ANSWER_INVALID",
  what: "switched to another protocol instead of an answer",
};

function misled({ statusCode }: IncomingMessage): RelayFault {
  return {
    code: "LLM_REFUSED",
    what: `answered ${statusCode}, a redirect that cannot be followed`,
  };
}

/** Most specific first. */
const causes: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, "connection refused"],
  [/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/, "its name was not found"],
  [/CERT|TLS|SSL|VERIFY|EPROTO/, "no secure connection came about"],
  [/^(ENETUNREACH|EHOSTUNREACH)$/, "no way to its network"],
];

function toFault(error: unknown): RelayFault {
  const code = String((error as { readonly code?: unknown }).code ?? "");
  if (code === "ETIMEDOUT") return { code: "LLM_TIMEOUT", what: "did not answer in time" };
  if (code === "HPE_HEADER_OVERFLOW") {
    return { code: "LLM_ANSWER_TOO_LARGE", what: "answered with headers that are too large" };
  }
  const cause = causes.find(([pattern]) => pattern.test(code))?.[1] ?? "the connection broke";
  return { code: "LLM_UNAVAILABLE", what: `was not reached: ${cause}` };
}

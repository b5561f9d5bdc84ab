/**
 * The relay's request to a provider, over Node's own client. Redirects are followed here, because BAML
 * would follow them past the relay.
 */

import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { getCACertificates } from "node:tls";
import type { ErrorCode } from "../model/error-codes.ts";

/** Interim answers (1xx) before the real one, which might never stop. */
const REMARKS_MAX = 16;
/** Redirects followed in a row. */
const REDIRECTS_MAX = 5;
/** Milliseconds that an idle connection to a provider is kept. */
const IDLE_MS = 30_000;
/** Why a call has no answer to pass on. */
export interface RelayFault {
  readonly code: ErrorCode;
  /** The rest of a message that starts with the provider's name. */
  readonly what: string;
}

/** Sets of proxy settings whose connections are kept: a reload may change them. */
const AGENTS_MAX = 4;

export interface Exchange {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Milliseconds to connect. */
  readonly connectMs: number;
  /** The environment's proxy variables. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

/** Exactly one of them is called, once. */
export interface ExchangeEnds {
  /** The answer's status and headers have arrived; its body must be read. */
  readonly onAnswer: (answer: IncomingMessage) => void;
  readonly onFault: (fault: RelayFault) => void;
}

/** Sends the request. Calling the result ends the exchange at any point. */
export function sendUpstream(exchange: Exchange, ends: ExchangeEnds): () => void {
  let end = () => undefined as unknown;
  const send = (url: URL, headers: Exchange["headers"], redirectsLeft: number) => {
    const request = openRequest(url, { ...exchange, headers });
    end = () => request.destroy();
    let isAnswered = false;
    // An answer that has begun reports its own end.
    request.on("error", (error) => isAnswered || ends.onFault(toFault(error)));
    let remarks = 0;
    request.on("information", () => {
      remarks += 1;
      if (remarks > REMARKS_MAX) request.destroy(new TooManyRemarks());
    });
    // Without a listener the connection would be closed without an error.
    request.on("upgrade", (_answer, socket) => {
      socket.destroy();
      ends.onFault(SWITCHED);
    });
    request.on("response", (answer) => {
      const next = redirectOf(answer, url);
      if (next === undefined) {
        isAnswered = true;
        return ends.onAnswer(answer);
      }
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
  // The machine's own authorities too: a company's proxy or endpoint may need one.
  const ca = [...getCACertificates("default"), ...getCACertificates("system")];
  const made = { http: new HttpAgent(options), https: new HttpsAgent({ ...options, ca }) };
  agents.set(name, made);
  const [oldest] = agents.keys();
  if (agents.size > AGENTS_MAX && oldest !== undefined) agents.delete(oldest);
  return made;
}

function sentHeaders(headers: Exchange["headers"], url: URL): Exchange["headers"] {
  const sent = Object.entries(headers).filter(([name]) => !ownHeaders.has(name));
  return { ...Object.fromEntries(sent), host: url.host };
}

/** Where to send the same request instead; a redirect that changes the request is unusable. */
function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL) {
  if (statusCode < 300 || statusCode >= 400) return undefined;
  const { location } = headers;
  const to = location === undefined ? null : URL.parse(location, from);
  const isUsable =
    (statusCode === 307 || statusCode === 308) && /^https?:$/.test(to?.protocol ?? "");
  return isUsable && to !== null ? to : "unusable";
}

/** A key may be in any header, so that only those pass whose meaning is known. */
function withoutKeys(headers: Exchange["headers"]): Exchange["headers"] {
  const known = Object.entries(headers).filter(([name]) => harmlessHeaders.has(name));
  return Object.fromEntries(known);
}

/** Shorter texts are parts of words. */
const KEY_CHARACTERS_MIN = 8;

/** Texts in headers of a request that may be keys. */
export function keysIn(headers: Exchange["headers"]): readonly string[] {
  const unknown = Object.entries(headers).filter(
    ([name]) => !harmlessHeaders.has(name) && !ownHeaders.has(name),
  );
  const texts = unknown.flatMap(([, value]) => String(value).split(/\s+/));
  return texts.filter(({ length }) => length >= KEY_CHARACTERS_MIN);
}

/** Of the connection to the relay, and the one in which BAML sends the relay's URL. */
const ownHeaders: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "baml-original-url",
]);

const harmlessHeaders: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "content-length",
  "content-type",
  "user-agent",
  "anthropic-version",
]);

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
  [/CERT|TLS|SSL|VERIFY|EPROTO/, "no secure connection could be made"],
  [/^(ENETUNREACH|EHOSTUNREACH)$/, "its network is unreachable"],
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

/**
 * The relay: an HTTP server on loopback through which BAML reaches a provider. BAML keeps a whole answer
 * in native memory, however long it is; the relay counts its bytes and cuts it off.
 * It also mends half a character in it, for which BAML refuses a whole answer or drops a piece of a stream.
 * Only a registered call can use it: the path holds a random token of this thread and the call's number,
 * so that no other process of the machine can spend the key.
 *
 * It costs about a millisecond of processor time a call. Rejected: watching the memory of the process
 * while calls run, which does not show whose it is; streaming every call, which changes the request and
 * does not bound an answer that is not a stream.
 */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable, Transform } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";
import { LLM_ANSWER_BYTES_MAX } from "../model/limits.ts";
import { type AnswerHeaders, pickRateHeaders } from "./governor/granted-rates.ts";
import { type Exchange, keysIn, type RelayFault, sendUpstream } from "./upstream.ts";
import { wholeEscapes } from "./whole-escapes.ts";

/** Milliseconds that an idle connection is kept: longer than in BAML's pool. */
const KEEP_ALIVE_MS = 120_000;

/** The destination of a call. */
export interface RelayTarget {
  /** The provider's base URL; the path of a request is appended to it. */
  readonly baseUrl: string;
  /** Milliseconds to connect. */
  readonly connectMs: number;
  /** The environment's proxy variables. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

/** One registered call; disposing of it unregisters the call. */
export interface RelayCall extends Disposable {
  /** The URL for BAML, in place of the target's. */
  readonly baseUrl: string;
  /** Undefined unless the relay ended the exchange. */
  readonly fault: RelayFault | undefined;
  /** Headers about limits, of the last answer. */
  readonly rateHeaders: AnswerHeaders;
  /** Texts that the last request has sent and that may be keys. */
  readonly keys: readonly string[];
}

export interface Relay extends AsyncDisposable {
  enter(target: RelayTarget): RelayCall;
}

interface OpenCall extends RelayCall {
  readonly target: RelayTarget;
  fault: RelayFault | undefined;
  rateHeaders: AnswerHeaders;
  keys: readonly string[];
}

/** Starts the server on a free port of loopback; it listens when the promise resolves. */
export async function startRelay(): Promise<Relay> {
  const token = randomBytes(24).toString("base64url");
  const calls = new Map<string, OpenCall>();
  let count = 0;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const [, given, id = "", path] = /^\/([^/]*)\/([^/]*)(\/.*)$/.exec(request.url ?? "") ?? [];
    const call = given === token ? calls.get(id) : undefined;
    if (call === undefined || path === undefined) refuse(response);
    else answer({ request, response, call, path });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Agents keep the process alive, not this server.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    enter(target) {
      count += 1;
      const id = String(count);
      const call: OpenCall = {
        target,
        baseUrl: `http://127.0.0.1:${port}/${token}/${id}`,
        fault: undefined,
        rateHeaders: {},
        keys: [],
        [Symbol.dispose]: () => calls.delete(id),
      };
      calls.set(id, call);
      return call;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

interface RelayedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly call: OpenCall;
  readonly path: string;
}

function answer({ request, response, call, path }: RelayedRequest): void {
  const fail = (fault: RelayFault) => {
    // If BAML closed first, BAML reports why: this fault only follows from that.
    if (response.closed) return;
    call.fault ??= fault;
    response.destroy();
  };
  const { baseUrl, connectMs, proxyEnv } = call.target;
  readBody(request).then(
    (body) => {
      if (response.closed) return;
      const { method = "POST", headers } = request;
      call.keys = keysIn(headers);
      const url = `${baseUrl}${path}`;
      const exchange: Exchange = { url, method, headers, body, connectMs, proxyEnv };
      const end = sendUpstream(exchange, {
        onAnswer: (provided) => {
          call.rateHeaders = pickRateHeaders(provided.headers);
          passOn(provided, response, fail);
        },
        onFault: fail,
      });
      response.on("close", end);
    },
    () => response.destroy(),
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = await Array.fromAsync(request);
  return Buffer.concat(chunks);
}

/** Streams the answer to BAML, no faster than BAML reads it, up to the limit. */
function passOn(
  provided: IncomingMessage,
  response: ServerResponse,
  fail: (fault: RelayFault) => void,
): void {
  const isRefusal = (provided.statusCode ?? 0) >= 400;
  const { body, isDecoded } = decodedAnswer(provided, fail);
  const whole = wholeEscapes();
  let bytes = 0;
  body.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (isRefusal && bytes > REFUSAL_BYTES_MAX) {
      body.unpipe(whole).destroy();
      process.nextTick(() => whole.end()); // the pipe still writes this chunk
    } else if (bytes > LLM_ANSWER_BYTES_MAX) fail(TOO_LARGE);
  });
  // A broken connection is passed on as one, so that BAML does not take half an answer for a whole one.
  provided.on("error", () => fail(BROKEN));
  try {
    response.writeHead(provided.statusCode ?? 502, passedHeaders(provided.headers, isDecoded));
  } catch {
    // Node's client accepts statuses and headers that its server refuses to write.
    fail(MALFORMED);
    return;
  }
  body.pipe(whole).pipe(response);
}

const MALFORMED: RelayFault = {
  code: "LLM_ANSWER_INVALID",
  what: "gave an answer with a status or headers that HTTP does not have",
};

const BROKEN: RelayFault = {
  code: "LLM_UNAVAILABLE",
  what: "broke the connection in the middle of its answer",
};

/** Only the start of an error's body is passed on: BAML takes long for more. */
const REFUSAL_BYTES_MAX = 64 * 1024;

const TOO_LARGE: RelayFault = {
  code: "LLM_ANSWER_TOO_LARGE",
  what: `answered more than ${LLM_ANSWER_BYTES_MAX / 2 ** 20} MiB`,
};

/** The connection's own headers concern the connection to the provider, and the body may be mended or cut. */
function passedHeaders(headers: IncomingHttpHeaders, isDecoded: boolean) {
  const { connection: _c, "keep-alive": _k, "transfer-encoding": _t, ...passed } = headers;
  delete passed["content-length"];
  if (isDecoded) delete passed["content-encoding"];
  return passed;
}

function refuse(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "application/json" });
  response.end('{"error":"there is nothing at this address"}');
}

/** By the name of the encoding (RFC 9110, section 8.4.1). */
const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);

/**
 * The body to read in place of the answer's own; the answer itself if it is not compressed in a known way.
 * Ending either ends both. BAML asks for no compression and reads none, but some servers and proxies compress
 * all the same.
 */
function decodedAnswer(
  answer: IncomingMessage,
  onFault: (fault: RelayFault) => void,
): { readonly body: Readable; readonly isDecoded: boolean } {
  const encoding = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "";
  const decoder = decoders.get(encoding)?.();
  if (decoder === undefined) return { body: answer, isDecoded: false };
  const what = `gave an answer that is not ${encoding}, as its Content-Encoding says, or was cut off`;
  decoder.on("error", () => onFault({ code: "LLM_ANSWER_INVALID", what }));
  decoder.on("close", () => answer.destroy());
  answer.on("error", () => decoder.destroy());
  answer.pipe(decoder);
  return { body: decoder, isDecoded: true };
}

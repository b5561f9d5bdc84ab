/**
 * The address that is served: listened at before anything starts, so that one which is taken is told
 * before an agent runs. Until the routes are there it says that the process lives, and nothing else.
 */

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { TroupeError } from "../model/errors.ts";
import { boundConnections } from "./connections.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";
import { SERVER_LIMITS, type ServerLimits } from "./server-limits.ts";

export interface AddressOptions {
  /** `TROUPE_HOST` */
  readonly host: string;
  /** `TROUPE_PORT`; 0 = any free one */
  readonly port: number;
  /** In place of {@link SERVER_LIMITS}. */
  readonly limits?: Partial<ServerLimits>;
}

export interface Address extends AsyncDisposable {
  readonly server: Server;
  /** Without the token. */
  readonly url: string;
  readonly limits: ServerLimits;
  /** Hands all requests from now on to `listener`. */
  serve(listener: RequestListener): void;
  /** Takes no more connections, and cuts off those that have not ended in time. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws {TroupeError} `ADDRESS_UNAVAILABLE`. */
export async function listenAt(options: AddressOptions): Promise<Address> {
  const limits = { ...SERVER_LIMITS, ...options.limits };
  let current: RequestListener = answerEarly;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkMs,
      // access.ts sees to it, with an answer that says so.
      requireHostHeader: false,
    },
    (request, response) => current(request, response),
  );
  server.setTimeout(limits.silenceMs);
  server.maxConnections = limits.connectionsMax;
  boundConnections(server, limits.connectionsMax);
  await listen(server, options);
  return {
    server,
    limits,
    url: urlOf(server, options.host),
    serve: (listener) => {
      current = listener;
    },
    [Symbol.asyncDispose]: () => closeInTime(server, limits.closeMs),
  };
}

async function listen(server: Server, { host, port }: AddressOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host: bare(host), port }, resolve);
  try {
    await promise;
    server.off("error", reject);
  } catch (cause) {
    const message = `${host}:${port} must be an address of this machine that no other program listens at`;
    throw new TroupeError("ADDRESS_UNAVAILABLE", message, { cause, details: { host, port } });
  }
}

/** A process that starts lives, and can do nothing yet. */
function answerEarly({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === "/healthz") {
    response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}');
    return;
  }
  const problem = toProblem(new TroupeError("SERVER_NOT_READY", "the server is starting"));
  response
    .writeHead(problem.status, { "content-type": PROBLEM_TYPE, "retry-after": "1" })
    .end(JSON.stringify(problem));
}

async function closeInTime(server: Server, closeMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), closeMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}

/** One that listens everywhere is reached on this machine. */
function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const own: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };
  const name = bare(host);
  return `http://${own[name] ?? (name.includes(":") ? `[${name}]` : name)}:${port}`;
}

/** An IPv6 address without the brackets that it has in URLs. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

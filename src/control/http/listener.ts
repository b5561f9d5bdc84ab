/**
 * The server's address. It listens before anything else starts, so that an address in use is
 * reported before any agent runs. Before and after it serves the routes, it only answers that the
 * process lives.
 */

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import type { Duplex } from "node:stream";
import { TroupeError } from "../../model/errors.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { boundConnections } from "./connections.ts";
import { passExpectations } from "./expectations.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";
import { inTurns } from "./request-turns.ts";
import { SERVER_LIMITS, type ServerLimits } from "./server-limits.ts";

export interface AddressOptions {
  /** `TROUPE_HOST` */
  readonly host: string;
  /** `TROUPE_PORT`; 0 = any free one */
  readonly port: number;
  /** The port of an earlier start, preferred if `port` is 0 and it is free: clients know it. */
  readonly portBefore?: number | undefined;
  /** In place of {@link SERVER_LIMITS}. */
  readonly limits?: Partial<ServerLimits>;
}

export interface Address extends AsyncDisposable {
  readonly server: Server;
  /** Without the token. */
  readonly url: string;
  /** The URL for other machines; the same one, unless the server listens at all addresses. */
  readonly outsideUrl: string;
  readonly port: number;
  readonly limits: ServerLimits;
  /** Answers everything but `/healthz` with 503 and this text, until a server is given. */
  wait(state: string): void;
  /**
   * Passes all requests and upgrades to a server that does not listen itself, until the result is
   * disposed of.
   */
  serve(routes: Server): Disposable;
  /** Accepts no more connections, and cuts off those that have not ended in time. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws {TroupeError} `ADDRESS_UNAVAILABLE`. */
export async function listenAt(options: AddressOptions): Promise<Address> {
  const given = { ...SERVER_LIMITS, ...options.limits };
  // Waiting requests leave half of the connections to other requests.
  const waitersMax = Math.min(given.waitersMax, Math.floor(given.connectionsMax / 2));
  const limits: ServerLimits = { ...given, waitersMax };
  let current: RequestListener = answerWith("the server is starting");
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkMs,
      // access.ts checks it, and answers with a reason.
      requireHostHeader: false,
    },
    inTurns((request, response) => current(request, response)),
  );
  passExpectations(server);
  server.setTimeout(limits.silenceMs);
  server.maxConnections = limits.connectionsMax;
  boundConnections(server, limits.connectionsMax);
  server.on("clientError", answerBrokenRequest);
  await listen(server, options);
  return {
    server,
    limits,
    url: urlOf(server, options.host),
    outsideUrl: outsideUrlOf(server, options.host),
    port: (server.address() as AddressInfo).port,
    wait: (state) => {
      current = answerWith(state);
    },
    serve: (routes) => {
      // Not earlier: without a listener Node handles an upgrade like any other request.
      const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        routes.emit("upgrade", request, socket, head);
      server.on("upgrade", upgrade);
      current = (request, response) => routes.emit("request", request, response);
      return {
        [Symbol.dispose]: () => {
          server.off("upgrade", upgrade);
          current = answerWith("the server is shutting down");
        },
      };
    },
    [Symbol.asyncDispose]: () => closeInTime(server, limits.closeMs),
  };
}

/** By the system's code. */
const refusals: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "is in use by another program; --port or TROUPE_PORT sets another port, 0 any free one",
  EACCES: "must be an address that this user may listen on; ports below 1024 need a privilege",
};

async function listen(server: Server, options: AddressOptions): Promise<void> {
  const { host, port, portBefore } = options;
  if (port === 0 && portBefore !== undefined && (await tryListen(server, host, portBefore)).isOpen)
    return;
  const { isOpen, cause } = await tryListen(server, host, port);
  if (isOpen) return;
  const { code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
  const message = `${host}:${port} ${refusals[code] ?? "must be an address of this machine"}`;
  throw new TroupeError("ADDRESS_UNAVAILABLE", message, { cause, details: { host, port } });
}

async function tryListen(
  server: Server,
  host: string,
  port: number,
): Promise<{ readonly isOpen: boolean; readonly cause?: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.once("listening", resolve);
  server.listen({ host: bare(host), port });
  try {
    await promise;
    return { isOpen: true };
  } catch (cause) {
    return { isOpen: false, cause };
  } finally {
    server.off("error", reject).off("listening", resolve);
  }
}

/** The answers of a process that is starting or shutting down: it lives, and serves nothing. */
function answerWith(state: string): RequestListener {
  const problem = toProblem(new TroupeError("SERVER_NOT_READY", state));
  const headers = { "content-type": PROBLEM_TYPE, "retry-after": "1" };
  return ({ url }: IncomingMessage, response: ServerResponse) => {
    // With or without a query, as later.
    if (URL.parse(url ?? "", "http://localhost")?.pathname === "/healthz") {
      response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}');
      return;
    }
    response.writeHead(problem.status, headers).end(JSON.stringify(problem));
  };
}

async function closeInTime(server: Server, closeMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), closeMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}

/** For a server that listens everywhere, its URL on this machine. */
function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const own: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };
  const name = bare(host);
  return `http://${own[name] ?? (name.includes(":") ? `[${name}]` : name)}:${port}`;
}

/** For a server that listens everywhere, its URL on this machine's network. */
function outsideUrlOf(server: Server, host: string): string {
  const isEverywhere = ["0.0.0.0", "::"].includes(bare(host));
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = own.find(({ internal, family }) => !internal && family === "IPv4");
  return urlOf(server, isEverywhere ? (outside?.address ?? host) : host);
}

/** An IPv6 address without its URL brackets. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/**
 * The server: REST, events, metrics and the dashboard on one address. What it serves stands in
 * `routes/`, one file a subject; here is what all of them share.
 */

import type { AddressInfo } from "node:net";
import helmet from "@fastify/helmet";
import { fastify } from "fastify";
import { TroupeError } from "../model/errors.ts";
import { type AccessOptions, guardAccess } from "./access.ts";
import type { App, ControlParts, Routes } from "./control-parts.ts";
import { problemHandler, sendProblem } from "./problem.ts";
import { actionRoutes } from "./routes/actions.ts";
import { agentRoutes } from "./routes/agents.ts";
import { environmentRoutes } from "./routes/environment.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { socketRoutes } from "./routes/socket.ts";
import { compileValidator } from "./validation.ts";

/** All that is served, in no particular order. */
const allRoutes: readonly Routes[] = [
  ...[agentRoutes, actionRoutes, environmentRoutes],
  ...[eventRoutes, socketRoutes, healthRoutes],
];

/** Bytes of a body: 10,000 actions of more than a kilobyte each. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of a request's line and headers together. */
const HEADER_BYTES_MAX = 16 * 1024;
/** Milliseconds for a whole request to arrive. */
const REQUEST_MS_MAX = 30_000;
/** Milliseconds for its headers. */
const HEADERS_MS_MAX = 10_000;
/** Milliseconds that a connection may rest between two requests. */
const KEEP_ALIVE_MS = 72_000;
/** Longest part of a path, in characters; ids are shorter. */
const PATH_PART_MAX = 256;
/** Milliseconds for answers under way once the server closes. */
const CLOSE_MS_MAX = 3_000;

export interface ServerOptions extends AccessOptions {
  readonly parts: ControlParts;
  readonly port: number;
}

export interface ControlServer extends AsyncDisposable {
  /** Without the token. */
  readonly url: string;
  /** Ends within a few seconds, whoever is connected. May be called twice. */
  close(): Promise<void>;
}

/**
 * Makes the server and listens.
 * @throws {TroupeError} `ADDRESS_UNAVAILABLE`.
 */
export async function startServer(options: ServerOptions): Promise<ControlServer> {
  const app = createServer(options);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    await app.close();
    throw unavailable(options, cause);
  }
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeInTime(app);
    return closing;
  };
  return { url: urlOf(app, options.host), close, [Symbol.asyncDispose]: close };
}

function createServer(options: ServerOptions): App {
  const { parts } = options;
  const app: App = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_MS_MAX },
    routerOptions: { maxParamLength: PATH_PART_MAX },
  });
  app.setValidatorCompiler(compileValidator);
  app.setErrorHandler(problemHandler(parts.log));
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split("?", 1);
    const message = `there is nothing at ${request.method} ${path}`;
    return sendProblem(reply, new TroupeError("ROUTE_UNKNOWN", message));
  });
  guardAccess(app, options);
  app.addHook("onResponse", async ({ raw }) => {
    // An upgrade that was answered like any request: nobody reads from its connection any more.
    if (raw.headers.upgrade !== undefined) raw.socket.destroySoon();
  });
  app.register(helmet);
  for (const routes of allRoutes) app.register(async (scope: App) => routes(scope, parts));
  return app;
}

async function closeInTime(app: App): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS_MAX);
  await app.close();
  clearTimeout(timer);
}

function urlOf(app: App, host: string): string {
  const { port } = app.server.address() as AddressInfo;
  const isAny = ["0.0.0.0", "::"].includes(host);
  const name = isAny ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function unavailable({ host, port }: ServerOptions, cause: unknown): TroupeError {
  const message = `${host}:${port} must be an address that this machine can listen at and nobody else does`;
  return new TroupeError("ADDRESS_UNAVAILABLE", message, { cause, details: { host, port } });
}

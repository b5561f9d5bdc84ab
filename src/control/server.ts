/**
 * The server: REST, events, metrics and the dashboard on one address. What it serves stands in
 * `routes/`, one file a subject; here is what all of them share.
 */

import { createServer, type RequestListener, type Server } from "node:http";
import helmet from "@fastify/helmet";
import { type FastifyPluginAsync, type FastifyServerOptions, fastify } from "fastify";
import { TroupeError } from "../model/errors.ts";
import { jsonText } from "../model/json-bounds.ts";
import { type AccessOptions, guardAccess } from "./access/access.ts";
import type { ControlParts } from "./control-parts.ts";
import { compressAnswers } from "./http/compression.ts";
import { acceptJson } from "./http/json-body.ts";
import type { Address } from "./http/listener.ts";
import { addDocument, documentRoutes } from "./http/openapi.ts";
import { answerUnknown, problemHandler, sendProblem } from "./http/problem.ts";
import { compileValidator } from "./http/validation.ts";
import { Mutations } from "./mutations.ts";
import { actionRoutes } from "./routes/action-routes.ts";
import { agentRoutes } from "./routes/agent-routes.ts";
import { typeRoutes } from "./routes/agent-type-routes.ts";
import { databaseRoutes } from "./routes/database-routes.ts";
import { eventRoutes } from "./routes/event-routes.ts";
import { healthRoutes } from "./routes/health-routes.ts";
import { metricRoutes } from "./routes/metrics-routes.ts";
import { pageRoutes } from "./routes/page-routes.ts";
import type { App, Routes } from "./routes/route-parts.ts";
import { socketRoutes } from "./routes/socket-routes.ts";
import { verbRoutes } from "./routes/verb-routes.ts";

/** All that is served, in no particular order. */
const allRoutes: readonly Routes[] = [
  agentRoutes,
  verbRoutes,
  actionRoutes,
  typeRoutes,
  databaseRoutes,
  eventRoutes,
  socketRoutes,
  metricRoutes,
  healthRoutes,
  documentRoutes,
  pageRoutes,
];

/** Longest part of a path, in characters; ids are shorter. */
const PATH_PART_MAX = 256;

/** What a page of this server may load: what lies here, and nothing inline. */
const PAGE_CSP = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'"],
  "connect-src": ["'self'"],
  "manifest-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
};

export interface ServerOptions extends AccessOptions {
  readonly address: Address;
  readonly parts: ControlParts;
}

/**
 * Serves at the address from now on. Disposing of it ends what it has begun, within a few seconds,
 * whoever is connected; the address itself is its owner's.
 */
export async function serve(options: ServerOptions): Promise<AsyncDisposable> {
  const { address, parts } = options;
  const mutations = new Mutations(parts, address.limits);
  // Fastify's server never listens: requests reach it only between ready and the end, because a router
  // that is still being built throws.
  const routes = createServer();
  const app: App = fastify({ ...fastifyOptions(address), serverFactory: onRequestOf(routes) });
  acceptJson(app);
  app.setValidatorCompiler(compileValidator);
  // Twice as fast as what is made of the schemas, which leaves out what they do not name.
  app.setSerializerCompiler(() => jsonText);
  app.setErrorHandler(problemHandler(parts.log));
  app.setNotFoundHandler(answerUnknown);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: PAGE_CSP },
    // It speaks plain HTTP; whoever puts TLS before it says so there.
    strictTransportSecurity: false,
    xFrameOptions: { action: "deny" },
  });
  guardAccess(app, options);
  await compressAnswers(app);
  app.addHook("onResponse", async ({ raw }) => {
    // An upgrade that was answered like any request: nobody reads from its connection any more.
    if (raw.headers.upgrade !== undefined) raw.socket.destroySoon();
  });
  // Whoever waits for an action must not hold up the end.
  app.addHook("preClose", async () => mutations[Symbol.dispose]());
  await addDocument(app);
  for (const add of allRoutes) {
    const plugin: FastifyPluginAsync = async (scope) =>
      add(scope as App, { ...parts, mutations, limits: address.limits });
    app.register(plugin);
  }
  await app.ready();
  const served = address.serve(routes);
  return {
    [Symbol.asyncDispose]: async () => {
      await app.close();
      served[Symbol.dispose]();
    },
  };
}

function onRequestOf(server: Server) {
  return (listener: RequestListener): Server => server.on("request", listener);
}

function fastifyOptions({ limits }: Address) {
  return {
    bodyLimit: limits.bodyBytesMax,
    return503OnClosing: false,
    routerOptions: { maxParamLength: PATH_PART_MAX },
    // Before any hook, and the only ones left: a path that is no URL's, or has too long a part.
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(
        reply,
        new TroupeError(
          "REQUEST_INVALID",
          `the path must be of a URL, each part at most ${PATH_PART_MAX} characters`,
        ),
      );
    },
  } satisfies FastifyServerOptions;
}

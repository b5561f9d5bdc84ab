/**
 * The server: REST, events, metrics and the dashboard at one address. The routes are in `routes/`, one
 * file for each subject; this file has what they share.
 */

import { createServer, type RequestListener, type Server } from "node:http";
import { constants } from "node:zlib";
import { fastifyCompress } from "@fastify/compress";
import helmet from "@fastify/helmet";
import { type FastifyPluginAsync, type FastifyServerOptions, fastify } from "fastify";
import { TroupeError } from "../model/errors.ts";
import { jsonText } from "../model/json-bounds.ts";
import { isObject } from "../model/parse-json.ts";
import { checkAgent, type ShardDoor } from "../model/shard-door.ts";
import { type AccessOptions, guardAccess } from "./access/access.ts";
import { ClientViews } from "./client-views.ts";
import type { ControlParts } from "./control-parts.ts";
import { askForBodies } from "./http/expectations.ts";
import { acceptJson } from "./http/json-body.ts";
import { readListsInTurn } from "./http/list-turns.ts";
import type { Address } from "./http/listener.ts";
import { addDocument } from "./http/openapi.ts";
import { problemHandler, sendProblem } from "./http/problem.ts";
import { answerUnknownRequests } from "./http/unknown-requests.ts";
import { compileValidator, refuseBadEscapes, refuseIgnoredInput } from "./http/validation.ts";
import { Mutations } from "./mutations.ts";
import { actionRoutes } from "./routes/action-routes.ts";
import { agentRoutes } from "./routes/agent-routes.ts";
import { typeRoutes } from "./routes/agent-type-routes.ts";
import { databaseRoutes } from "./routes/database-routes.ts";
import { effectRoutes } from "./routes/effect-routes.ts";
import { eventRoutes } from "./routes/event-routes.ts";
import { healthRoutes } from "./routes/health-routes.ts";
import { insideRoutes } from "./routes/inside-routes.ts";
import { metricRoutes } from "./routes/metrics-routes.ts";
import { modelRoutes } from "./routes/model-routes.ts";
import { pageRoutes } from "./routes/page-routes.ts";
import type { App, Routes } from "./routes/route-parts.ts";
import { socketRoutes } from "./routes/socket-routes.ts";
import { stepRoutes } from "./routes/step-routes.ts";
import { usageRoutes } from "./routes/usage-routes.ts";
import { verbRoutes } from "./routes/verb-routes.ts";

const allRoutes: readonly Routes[] = [
  agentRoutes,
  stepRoutes,
  verbRoutes,
  effectRoutes,
  insideRoutes,
  actionRoutes,
  typeRoutes,
  modelRoutes,
  usageRoutes,
  databaseRoutes,
  eventRoutes,
  socketRoutes,
  metricRoutes,
  healthRoutes,
  pageRoutes,
];

/** Longest part of a path, in characters; ids are shorter. */
const PATH_PART_MAX = 256;

/** A page of this server may load files of this server only, and nothing inline. */
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
 * Serves at the address from now on. Disposing of it ends all requests within a few seconds; the address
 * itself stays open.
 */
export async function serve(options: ServerOptions): Promise<AsyncDisposable> {
  const { address, parts } = options;
  const { limits } = address;
  const views = new ClientViews(parts.types.findSchema, parts.prices);
  const mutations = new Mutations(parts, { limits, views });
  // Fastify's server never listens itself: its router throws until it is ready, so requests are passed to
  // it only from then on.
  const routes = createServer();
  const app: App = fastify({ ...fastifyOptions(address), serverFactory: onRequestOf(routes) });
  acceptJson(app);
  app.setErrorHandler(problemHandler(parts.log));
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: PAGE_CSP },
    // The server speaks plain HTTP; a TLS proxy in front of it sets this header.
    strictTransportSecurity: false,
    xFrameOptions: { action: "deny" },
  });
  guardAccess(app, options);
  guardShard(app, parts.door);
  answerUnknownRequests(app);
  refuseBadEscapes(app);
  askForBodies(app);
  await compressAnswers(app);
  app.addHook("onResponse", async ({ raw }) => {
    // A refused upgrade: nothing more is read from its connection.
    if (raw.headers.upgrade !== undefined) raw.socket.destroySoon();
  });
  // Requests that wait for an action must not delay the end.
  app.addHook("preClose", async () => mutations[Symbol.dispose]());
  addDocument(app);
  refuseIgnoredInput(app);
  readListsInTurn(app);
  for (const add of allRoutes) {
    const plugin: FastifyPluginAsync = async (scope) =>
      add(scope as App, { ...parts, mutations, views, limits });
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

type Compilers = NonNullable<
  NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]
>;

/**
 * As an option and not set afterwards: until then Fastify would have loaded Ajv and its own serializers.
 * Its types of these functions are Ajv's.
 */
const compilersFactory = {
  buildValidator: () => compileValidator,
  // Twice as fast as serializers from schemas, which also drop undeclared fields.
  buildSerializer: () => () => jsonText,
} as unknown as Compilers;

function fastifyOptions({ limits }: Address) {
  return {
    bodyLimit: limits.bodyBytesMax,
    return503OnClosing: false,
    schemaController: { compilersFactory },
    routerOptions: { maxParamLength: PATH_PART_MAX },
    // Errors before any hook: an invalid path, or one with too long a part.
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(
        reply,
        new TroupeError(
          "REQUEST_INVALID",
          `the path must be valid in a URL, with parts of at most ${PATH_PART_MAX} characters`,
        ),
      );
    },
  } satisfies FastifyServerOptions;
}

/** Smaller answers fit one packet anyway. */
const BYTES_MIN = 1_024;
/** As small as gzip's best, in a third of its time. */
const BROTLI_QUALITY = 4;

/** Lists shrink to a twentieth. Event streams write to their connection directly and are not compressed. */
async function compressAnswers(app: App): Promise<void> {
  await app.register(fastifyCompress, {
    threshold: BYTES_MIN,
    encodings: ["br", "gzip"],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    // Requests are never decompressed: a small body must not become a large one.
    globalDecompression: false,
  });
}

/**
 * Refuses requests about an agent of another shard, with the address of the right server. After access and
 * validation: who may not use the server learns nothing, and ids are valid.
 */
function guardShard(app: App, door: ShardDoor | undefined): void {
  if (door === undefined) return;
  app.addHook("preHandler", async ({ params }) => {
    const agentId = isObject(params) ? params["agent_id"] : undefined;
    if (typeof agentId === "string") checkAgent(door, agentId);
  });
}

/**
 * The OpenAPI 3.1 document, made from the routes' schemas, and the page to read it. Both come from a
 * server of their own, which never listens and is made with the first request for one of them: what it
 * loads would take a tenth of a start.
 */

import type { IncomingHttpHeaders } from "node:http";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { type FastifyReply, type FastifySchema, fastify, type RouteOptions } from "fastify";
import { EventSchema } from "../../model/event-schema.ts";
import { NewActionSchema } from "../../model/request.ts";
import { namedSchemas } from "../../model/response.ts";
import { descriptions, tags } from "./operation-texts.ts";

/** A route as it was declared. */
export type DeclaredRoute = Pick<RouteOptions, "method" | "url" | "schema">;

export interface ApiDocument {
  readonly document: object;
  /** Answers a request for the page or one of its files. */
  read(request: PageRequest): Promise<PageAnswer>;
}

export interface PageRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** @param routes in the order of the document */
export async function makeDocument(routes: readonly DeclaredRoute[]): Promise<ApiDocument> {
  const app = fastify();
  // The routes are only described, never called.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  for (const schema of [...namedSchemas, EventSchema, NewActionSchema]) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Troupe",
        version: "1",
        description: "A fleet of long-lived LLM agents, steered through a durable queue.",
        contact: { name: "Troupe" },
        license: { name: "MIT", identifier: "MIT" },
      },
      tags: [...tags],
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer" },
        },
      },
      security: [{ token: [] }],
    },
    transform: ({ schema, url }) => ({ schema: withDescription(schema), url }),
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, n) => String($id ?? `def-${n}`),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    // The page reads it from /docs/json.
    transformSpecification: (document) => ({ ...document, servers: serversAt("../") }),
  });
  for (const { method, url, schema } of routes) {
    app.route({ method, url, handler: refuse, exposeHeadRoute: false, ...(schema && { schema }) });
  }
  await app.ready();
  return {
    document: { ...app.swagger(), servers: serversAt("./") },
    read: async ({ url, headers }) => {
      const { statusCode, headers: given, rawPayload } = await app.inject({ url, headers });
      return { status: statusCode, headers: given, body: rawPayload };
    },
  };
}

/** @param url relative to the document, so that it is valid behind any name, and below any path of a proxy */
function serversAt(url: string) {
  return [{ url, description: "this server" }];
}

/** A path such as `/docs/../api/agents` leads here. */
function refuse(_request: unknown, reply: FastifyReply): void {
  reply.callNotFound();
}

function withDescription(schema: FastifySchema): FastifySchema {
  const { operationId = "" } = schema;
  const description = schema.description ?? descriptions[operationId];
  return description === undefined ? schema : { ...schema, description };
}

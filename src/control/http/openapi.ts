/** The OpenAPI 3.1 document, made from the routes' schemas, and a page to read it. */

import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifySchema } from "fastify";
import type { TSchema } from "typebox";
import { EventSchema } from "../../model/event-schema.ts";
import { NewActionSchema } from "../../model/request.ts";
import { namedSchemas } from "../../model/response.ts";
import { SIGN_IN_CSP } from "../access/sign-in.ts";
import type { App } from "../routes/route-parts.ts";
import { descriptions, tags } from "./operation-texts.ts";

/** Allows the page's own files, and the styles that its code sets. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Must be called before the routes are added, which it collects. */
export async function addDocument(app: App): Promise<void> {
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
      // Relative to the document, so that it is valid behind any name or proxy.
      servers: [{ url: "/", description: "this server" }],
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
    transformStaticCSP: (csp) => (csp === SIGN_IN_CSP ? csp : DOCS_CSP),
    uiConfig: { url: "/openapi.json" },
  });
}

function withDescription(schema: FastifySchema): FastifySchema {
  const { operationId = "" } = schema;
  const description = schema.description ?? descriptions[operationId];
  return description === undefined ? schema : { ...schema, description };
}

/** The route of the document itself. */
export function documentRoutes(app: App): void {
  let document: TSchema | undefined;
  app.get("/openapi.json", { schema: { hide: true } }, async () => {
    document ??= app.swagger();
    return document;
  });
}

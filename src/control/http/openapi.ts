/** The routes of the OpenAPI document and of the page to read it; both are made when they are asked for. */

import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../routes/route-parts.ts";
import type { ApiDocument, DeclaredRoute } from "./api-document.ts";

/** Allows the page's own files, and the styles that its code sets. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Headers of the page's answers that are passed on; the rest is this server's. */
const PAGE_HEADERS: readonly string[] = [
  "content-type",
  "content-length",
  "content-range",
  "accept-ranges",
  "cache-control",
  "etag",
  "last-modified",
  "location",
];

/** Must be called before the other routes are added, which it collects. */
export function addDocument(app: App): void {
  const routes: DeclaredRoute[] = [];
  app.addHook("onRoute", ({ method, url, schema }) => {
    const isShown = method !== "HEAD" && schema?.hide !== true;
    if (isShown) routes.push({ method, url, ...(schema && { schema }) });
  });
  let made: Promise<ApiDocument> | undefined;
  const document = () => {
    made ??= import("./api-document.ts").then(({ makeDocument }) => makeDocument(routes));
    return made;
  };
  app.get("/openapi.json", { schema: { hide: true } }, async () => (await document()).document);
  for (const url of ["/docs", "/docs/*"]) {
    app.get(url, { schema: { hide: true } }, async (request, reply) =>
      answerPage(request, reply, await document()),
    );
  }
}

async function answerPage(
  request: FastifyRequest,
  reply: FastifyReply,
  document: ApiDocument,
): Promise<FastifyReply> {
  const { url, headers } = request;
  // For HEAD, too: the server leaves the body out itself.
  const answer = await document.read({ url, headers });
  if (answer.status >= 400) {
    reply.callNotFound();
    return reply;
  }
  for (const name of PAGE_HEADERS) {
    const value = answer.headers[name];
    if (value !== undefined) reply.header(name, value);
  }
  return reply.code(answer.status).header("content-security-policy", DOCS_CSP).send(answer.body);
}

/**
 * Answers requests without a route: 405 with `Allow` for an address that has other methods (RFC 9110, section
 * 15.5.6), 404 for one that has none.
 * Rejected: a route for each missing method, which would miss those that Fastify does not know.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { TroupeError } from "../../model/errors.ts";
import type { App } from "../routes/route-parts.ts";
import { answerUnknown, sendProblem } from "./problem.ts";

/**
 * Must be called before the routes are added, whose methods it collects, and after the guards. Answers before a
 * body is read: a method that is refused has none.
 */
export function answerUnknownRequests(app: App): void {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ method, url }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    methodsByUrl.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  let known: readonly KnownPath[] | undefined;
  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    known ??= [...methodsByUrl].map(([url, methods]) => ({ pattern: patternOf(url), methods }));
    const allowed = allowedAt(known, pathOf(request));
    // A file that is missing below a known address has the right method.
    if (allowed.length === 0 || allowed.includes(request.method)) {
      return answerUnknown(request, reply);
    }
    return refuseMethod(request, reply, allowed);
  };
  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) return answer(request, reply);
  });
  // For a file that is missing.
  app.setNotFoundHandler(answer);
}

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: ReadonlySet<string>;
}

/** @param url of a route, such as `/api/agents/:agent_id` or `/docs/*` */
function patternOf(url: string): RegExp {
  return new RegExp(`^${url.split("/").map(sourceOf).join("/")}$`);
}

function sourceOf(part: string): string {
  if (part === "*") return ".*";
  return part.startsWith(":") ? "[^/]+" : RegExp.escape(part);
}

function allowedAt(known: readonly KnownPath[], path: string): readonly string[] {
  const methods = known
    .filter(({ pattern }) => pattern.test(path))
    .flatMap((one) => [...one.methods]);
  return [...new Set(methods)].sort((one, other) => (one < other ? -1 : 1));
}

function pathOf({ url }: FastifyRequest): string {
  return url.split("?", 1)[0] ?? "";
}

function refuseMethod(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): FastifyReply {
  const list = allowed.join(", ");
  const message = `${pathOf(request)} has no method ${request.method}; it has ${list}`;
  reply.header("allow", list);
  return sendProblem(reply, new TroupeError("METHOD_NOT_ALLOWED", message));
}

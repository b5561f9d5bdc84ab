/** Errors over HTTP: `application/problem+json` with a stable code, whatever was thrown. */

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { defined } from "../../model/defined.ts";
import { type ErrorCode, errorCodes } from "../../model/error-codes.ts";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { jsonText } from "../../model/json-bounds.ts";
import type { Problem } from "../../model/response.ts";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** The body of an error. Pure. */
export function toProblem({ code, message, details }: TroupeError): Problem {
  const { status, meaning } = errorCodes[code];
  const hasDetails = Object.keys(details).length > 0;
  return {
    type: `urn:troupe:error:${code}`,
    title: meaning,
    status,
    code,
    detail: message,
    ...defined({ details: hasDetails ? details : undefined }),
  };
}

export function sendProblem(reply: FastifyReply, error: TroupeError): FastifyReply {
  const problem = toProblem(error);
  return reply.code(problem.status).type(PROBLEM_TYPE).send(jsonText(problem));
}

/** The server's error handler. Details of an error of our own are only in the log. */
export function problemHandler(log: Logger) {
  return (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (leavesFolder(thrown, request)) return answerUnknown(request, reply);
    const error = toTroupeError(thrown, request);
    // A search that ends because its client has gone is not a failure.
    const isGone = reply.raw.closed && thrown.name === "AbortError";
    if (error.code === "INTERNAL" && !isGone) {
      // The route and not the URL, which may contain a token.
      const route = `${request.method} ${request.routeOptions.url ?? "(unknown)"}`;
      log.error({ err: thrown }, `${route} failed`);
    }
    return sendProblem(reply, error);
  };
}

/** For static files: their library refuses a path that leads out of their folder. */
function leavesFolder({ statusCode }: FastifyError, { routeOptions }: FastifyRequest): boolean {
  return statusCode === 403 && routeOptions.url?.endsWith("*") === true;
}

/** Our codes for some of Fastify's errors; the status decides for the others. */
const codesOfFastify: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "REQUEST_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "MEDIA_TYPE_UNSUPPORTED",
};

function toTroupeError(
  thrown: FastifyError,
  { headers, routeOptions }: FastifyRequest,
): TroupeError {
  if (thrown instanceof TroupeError) return thrown;
  const code = codesOfFastify[thrown.code];
  if (code === "MEDIA_TYPE_UNSUPPORTED") {
    const mediaType = headers["content-type"] ?? "";
    const got = mediaType === "" ? "none" : excerpt(mediaType);
    return new TroupeError(code, `Content-Type must be application/json, got ${got}`);
  }
  if (code === "REQUEST_TOO_LARGE") {
    // Without a length it was read up to the limit only.
    const got = headers["content-length"] ?? "more";
    return new TroupeError(
      code,
      `body must be at most ${routeOptions.bodyLimit} bytes, got ${got}`,
    );
  }
  if (code !== undefined) return new TroupeError(code, thrown.message);
  const isClients = (thrown.statusCode ?? 500) < 500;
  if (isClients) return new TroupeError("REQUEST_INVALID", thrown.message);
  return new TroupeError("INTERNAL", errorCodes.INTERNAL.meaning);
}

/** The answer to a request without a route. */
export function answerUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ""] = request.url.split("?", 1);
  const message = `there is nothing at ${request.method} ${path}`;
  return sendProblem(reply, new TroupeError("ROUTE_UNKNOWN", message));
}

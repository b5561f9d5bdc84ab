/**
 * What a request expects before it sends its body (RFC 9110, section 10.1.1): a client that waits for
 * `100 Continue` is asked for the body only once its request has access and the body is not announced as too
 * large, so a refused one need not be sent. Other expectations are ignored.
 * Rejected: Node's way, which asks for each body, and answers another expectation with 417 and no problem.
 */

import type { RequestListener, Server } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../routes/route-parts.ts";

/** Node reports requests that expect something as another event; here they are requests like any other. */
export function passExpectations(server: Server): void {
  const pass: RequestListener = (request, response) => server.emit("request", request, response);
  server.on("checkContinue", pass);
  server.on("checkExpectation", pass);
}

/** Must be called after the guards. */
export function askForBodies(app: App): void {
  // Without a promise: nearly no request expects anything.
  app.addHook("preParsing", (request, reply, payload, done) => {
    if (request.headers.expect !== undefined) askForBody(request, reply);
    done(null, payload);
  });
}

function askForBody({ headers, raw, routeOptions }: FastifyRequest, reply: FastifyReply): void {
  const isWaiting = raw.httpVersion === "1.1" && /\b100-continue\b/i.test(headers.expect ?? "");
  const isTooLarge = Number(headers["content-length"] ?? 0) > routeOptions.bodyLimit;
  if (isWaiting && !isTooLarge) reply.raw.writeContinue();
}

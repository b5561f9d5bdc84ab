/** Work for a client that has gone ends, and is not logged as a failure. */

import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyReply } from "fastify";
import { pino } from "pino";
import { expect, test } from "vitest";
import { problemHandler } from "../../../src/control/http/problem.ts";
import { untilClosed } from "../../../src/control/http/until-closed.ts";

test("a search whose client has gone ends without a log line; other failures have one", async () => {
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line).msg) });
  const searching = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  await using app = fastify();
  app.setErrorHandler((error: Parameters<ReturnType<typeof problemHandler>>[0], req, reply) => {
    answered.resolve();
    return problemHandler(log)(error, req, reply);
  });
  app.get("/search", async (_request, reply: FastifyReply) => {
    const signal = untilClosed(reply);
    searching.resolve();
    await once(signal, "abort");
    signal.throwIfAborted();
  });
  app.get("/fault", () => {
    AbortSignal.abort().throwIfAborted();
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const client = request({ port, host: "127.0.0.1", path: "/search" }).end();
  client.on("error", () => undefined);
  await searching.promise;
  client.destroy();
  await answered.promise;
  expect(logged).toEqual([]);
  expect((await app.inject("/fault")).statusCode).toBe(500);
  expect(logged).toEqual(["GET /fault failed"]);
});

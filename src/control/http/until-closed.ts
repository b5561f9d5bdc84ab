/** Ends work for a client that has gone. */

import type { FastifyReply } from "fastify";

/** Aborts once the connection or the answer has ended. */
export function untilClosed(reply: FastifyReply): AbortSignal {
  const closed = new AbortController();
  reply.raw.once("close", () => closed.abort());
  return closed.signal;
}

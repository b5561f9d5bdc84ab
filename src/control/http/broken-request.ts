/** Answers a broken or incomplete HTTP request briefly, and closes the connection. */

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TroupeError } from "../../model/errors.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";

/** By the code of Node's parser or timers. */
const meanings: Readonly<Record<string, TroupeError>> = {
  HPE_HEADER_OVERFLOW: new TroupeError(
    "REQUEST_HEADERS_TOO_LARGE",
    "the request's headers are too large",
  ),
  ERR_HTTP_REQUEST_TIMEOUT: new TroupeError(
    "REQUEST_TIMEOUT",
    "the request did not arrive in time",
  ),
};

/** Milliseconds for the client to close its end after the answer. */
const LINGER_MS = 1_000;

const malformed = new TroupeError("REQUEST_INVALID", "the request must be valid HTTP");

export function answerBrokenRequest(error: { readonly code?: string }, socket: Socket): void {
  // A client that is gone, or was already answered, gets no answer.
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  answerRefused(meanings[error.code ?? ""] ?? malformed, socket);
}

/**
 * Answers a request that does not reach a route, and closes the connection.
 * @param header a further line, with its end
 */
export function answerRefused(error: TroupeError, socket: Duplex, header = ""): void {
  const problem = toProblem(error);
  const body = JSON.stringify(problem);
  lingerNoMore(socket);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n${header}\r\n${body}`,
  );
}

/** Closes the connection of a client that does not, which would keep its descriptor. */
function lingerNoMore(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

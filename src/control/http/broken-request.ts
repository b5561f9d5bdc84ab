/** What is no HTTP request, or never becomes one: a short answer, and the connection is closed. */

import type { Socket } from "node:net";
import { TroupeError } from "../../model/errors.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";

/** As Node's parser and its timers call what came. */
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

/** Milliseconds that the other side may take to close its end once it was answered. */
const LINGER_MS = 1_000;

const malformed = new TroupeError("REQUEST_INVALID", "the request must be HTTP");

export function answerBrokenRequest(error: { readonly code?: string }, socket: Socket): void {
  // A client that is gone hears nothing, and one that had an answer already must not get another.
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const problem = toProblem(meanings[error.code ?? ""] ?? malformed);
  const body = JSON.stringify(problem);
  lingerNoMore(socket);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Whoever sends no request does not close the connection either, and would keep its descriptor. */
function lingerNoMore(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

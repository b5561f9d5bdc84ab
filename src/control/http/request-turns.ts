/**
 * The turns of one connection's requests: each is carried out once the one before it is answered. A client
 * may send any number ahead (RFC 9112, section 9.3.2). Node starts them all, before any answer is written,
 * and a few connections would fill the memory; here no more is read of a connection while some wait.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

type Turn = readonly [request: IncomingMessage, response: ServerResponse];

/** A connection on which a request has come before another one was answered. */
interface Line {
  isBusy: boolean;
  /** What has been read meanwhile; all but the last are whole. */
  readonly waiting: Turn[];
}

export function inTurns(carryOut: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  const begin = (socket: Socket, line: Line, [request, response]: Turn): void => {
    line.isBusy = true;
    response.once("close", () => {
      line.isBusy = false;
      if (isClosing(socket)) return;
      const next = line.waiting.shift();
      if (next === undefined) return;
      if (line.waiting.length === 0) socket.resume();
      begin(socket, line, next);
    });
    carryOut(request, response);
  };
  return (request, response) => {
    const { socket } = request;
    if (isClosing(socket)) return;
    let line = lines.get(socket);
    if (line === undefined) {
      line = newLine(socket);
      lines.set(socket, line);
    }
    if (!line.isBusy) {
      begin(socket, line, [request, response]);
      return;
    }
    line.waiting.push([request, response]);
    // The rest of what has been read, at most 64 KiB, still arrives.
    socket.pause();
  };
}

/**
 * True once the last answer of the connection is written: what follows is not carried out (RFC 9112, section
 * 9.6), because its client cannot be answered, and after an ambiguous request it may be another one's.
 */
function isClosing(socket: Socket): boolean {
  return socket.destroyed || socket.writableEnded;
}

function newLine(socket: Socket): Line {
  const line: Line = { isBusy: false, waiting: [] };
  // Node resumes the connection after each answer, and for each body.
  socket.on("resume", () => {
    if (line.waiting.length > 0) socket.pause();
  });
  return line;
}

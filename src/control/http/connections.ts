/**
 * Limits the server's connections, and closes the oldest idle one to admit another. So clients that send
 * nothing, or half a request, do not keep others out.
 */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Connections that have become WebSockets: they never count as idle. */
const upgraded = new WeakSet<Socket>();

/** Must be called for a connection that has become a WebSocket. */
export function keepUpgraded(socket: Socket): void {
  upgraded.add(socket);
}

/**
 * Closes connections shortly before `connectionsMax`, at which Node would refuse any further one: the
 * oldest without a whole request under way; if there is none, the new one.
 */
export function boundConnections(server: Server, connectionsMax: number): void {
  // A closed connection is gone a moment later; meanwhile others may arrive.
  const countMax = connectionsMax - Math.ceil(connectionsMax / 20);
  /** Connections without a whole request under way, oldest first. */
  const idle = new Set<Socket>();
  /** Requests that have arrived and are not answered: a client may send several ahead. */
  const underWay = new WeakMap<Socket, number>();
  let count = 0;
  server.on("connection", (socket: Socket) => {
    count += 1;
    if (count > countMax) (firstIdle(idle) ?? socket).destroy();
    idle.add(socket);
    socket.once("close", () => {
      count -= 1;
      idle.delete(socket);
    });
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (hasBody(request)) request.once("end", () => idle.delete(socket));
    else idle.delete(socket);
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      underWay.set(socket, left);
      if (left === 0 && !socket.destroyed) idle.add(socket);
    });
  });
}

function firstIdle(idle: Set<Socket>): Socket | undefined {
  for (const socket of idle) {
    idle.delete(socket);
    if (!upgraded.has(socket) && !socket.destroyed) return socket;
  }
  return undefined;
}

/** True while it may still be arriving. */
function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

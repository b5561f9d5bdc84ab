/** Passes connections on to a server on this machine, and counts what the server sends. */

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface ByteRelay extends AsyncDisposable {
  /** The server's address as seen through the relay. */
  readonly origin: string;
  /** Bytes that the server has sent until now, headers and frames included. */
  readonly sent: number;
}

export async function startByteRelay(target: string): Promise<ByteRelay> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let sent = 0;
  const server = createServer((inner) => {
    const outer = connect(Number(port), hostname);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      // The other side learns of it by its own end.
      socket.on("error", () => undefined);
    }
    outer.on("data", (chunk: Buffer) => {
      sent += chunk.byteLength;
    });
    inner.pipe(outer).pipe(inner);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    get sent() {
      return sent;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** A server of a test's own at a free port. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

export interface Listening extends AsyncDisposable {
  readonly port: number;
}

export async function listening(server: Server, port = 0): Promise<Listening> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

/** A port that nothing listens at. */
export async function freePort(): Promise<number> {
  await using server = await listening(createServer());
  return server.port;
}

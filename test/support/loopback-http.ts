/** An HTTP server of a test's own at a free port. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export abstract class LoopbackHttp implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    this.#receive(request, response).catch((error: Error) => response.destroy(error));
  });

  /** Answers, or lets the client wait. A throw breaks the connection off. */
  protected abstract respond(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> | void;

  protected async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.respond(request, response, await buffer(request));
  }
}

/** A reverse proxy that serves a program below a path, and only there, as `proxy_pass http://…/;` of nginx does. */

import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

export class PathProxy implements AsyncDisposable {
  /** Paths of requests outside, which another program of the host would have received. */
  readonly strays: string[] = [];
  readonly #path: string;
  readonly #port: number;
  readonly #sockets = new Set<Duplex>();
  readonly #server = createServer((from, to) => this.#pass(from, to));

  private constructor(target: string, path: string) {
    this.#path = path;
    this.#port = Number(new URL(target).port);
    this.#server.on("upgrade", (from, socket) => this.#upgrade(from, socket));
  }

  /** @param target the address of the program @param path with a slash at both ends */
  static async start(target: string, path: string): Promise<PathProxy> {
    const proxy = new PathProxy(target, path);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** The program's address as clients of the proxy know it. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #pass(from: IncomingMessage, to: ServerResponse): void {
    const path = this.#inside(from);
    if (path === undefined) return void to.writeHead(404).end();
    const { method, headers } = from;
    const passed = request({ host: "127.0.0.1", port: this.#port, method, path, headers });
    passed.on("error", () => to.destroy());
    passed.on("response", (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => to.destroy());
      answer.pipe(to);
    });
    from.pipe(passed);
  }

  #upgrade(from: IncomingMessage, socket: Duplex): void {
    const path = this.#inside(from);
    if (path === undefined) return void socket.destroy();
    const other = connect(this.#port, "127.0.0.1");
    for (const each of [socket, other]) {
      this.#sockets.add(each);
      each.on("error", () => undefined);
      each.on("close", () => this.#sockets.delete(each));
    }
    const { rawHeaders } = from;
    const lines = rawHeaders.flatMap((name, n) => (n % 2 ? [] : [`${name}: ${rawHeaders[n + 1]}`]));
    other.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    socket.pipe(other).pipe(socket);
  }

  /** The path as the program knows it. */
  #inside({ url = "" }: IncomingMessage): string | undefined {
    if (url.startsWith(this.#path)) return `/${url.slice(this.#path.length)}`;
    this.strays.push(url);
    return undefined;
  }
}

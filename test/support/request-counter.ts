/** An HTTP proxy in front of an object store, which counts requests by method and by table, and can hold some. */

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { listening } from "./listening.ts";
import type { Listed } from "./stopped-listing.ts";

export interface StoreRequest {
  /** That of HTTP, but `LIST` for a GET that lists keys. */
  readonly method: string;
  /** The table whose key or prefix the request names; undefined for the database's own folder. */
  readonly table: string | undefined;
  /** True if it makes a version of the table: a flush, or a compaction. */
  readonly isCommit: boolean;
  /** Milliseconds until its answer was complete. */
  readonly ms: number;
}

export class RequestCounter implements AsyncDisposable, Listed {
  readonly endpoint: string;
  onList: Listed["onList"] = () => undefined;
  readonly #parts: AsyncDisposableStack;
  readonly #seen: StoreRequest[];

  private constructor(port: number, parts: AsyncDisposableStack, seen: StoreRequest[]) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#parts = parts;
    this.#seen = seen;
  }

  static async start(store: string): Promise<RequestCounter> {
    await using made = new AsyncDisposableStack();
    const agent = made.adopt(new Agent({ keepAlive: true }), (it) => it.destroy());
    const seen: StoreRequest[] = [];
    const server = createServer();
    const { port } = made.use(await listening(server));
    made.defer(() => server.closeAllConnections());
    const counter = new RequestCounter(port, made.move(), seen);
    server.on("request", async (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const begun = performance.now();
      outgoing.on("close", () => {
        seen.push({ ...parse(incoming), ms: performance.now() - begun });
      });
      const prefix = prefixOf(incoming);
      if (prefix !== undefined) await counter.onList(prefix);
      forward(incoming, outgoing, { store, agent });
    });
    return counter;
  }

  /** The requests that have ended since the last call. */
  take(): readonly StoreRequest[] {
    return this.#seen.splice(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

function parse({ method = "", url = "" }: IncomingMessage): Omit<StoreRequest, "ms"> {
  const target = decodeURIComponent(url);
  const isList = method === "GET" && /[?&](list-type|prefix)=/.test(target);
  const [, table] = /(\w+)\.lance/.exec(target) ?? [];
  const isCommit = method === "PUT" && /_versions\/[^/?]+\.manifest/.test(target);
  return { method: isList ? "LIST" : method, table, isCommit };
}

/** The prefix of the keys that a request lists. */
function prefixOf({ method, url = "" }: IncomingMessage): string | undefined {
  const { searchParams } = new URL(url, "http://store");
  if (method !== "GET" || !searchParams.has("list-type")) return undefined;
  return searchParams.get("prefix") ?? "";
}

/** With the client's own `Host`, which its signature covers. */
function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { store, agent }: { readonly store: string; readonly agent: Agent },
): void {
  const { method = "GET", url = "/", headers } = incoming;
  const { hostname, port } = new URL(store);
  const onward = request({ hostname, port, path: url, method, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, outgoing, () => undefined);
  });
  onward.on("error", () => outgoing.destroy());
  pipeline(incoming, onward, () => undefined);
}

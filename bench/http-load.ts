/**
 * HTTP load by autocannon, with the given number of callers, each with its own connection. Runs in a
 * thread, so that it does not share the server's event loop.
 */

import autocannon from "autocannon";
import { defined } from "../src/model/defined.ts";

export interface LoadOptions {
  readonly port: number;
  readonly token: string;
  readonly callers: number;
  readonly ms: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

export interface LoadResult {
  readonly answers: number;
  /** Requests without an answer, and answers with a status other than 2xx. */
  readonly failures: number;
  readonly ms: number;
  /** Milliseconds until an answer, in whole milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, token, callers, ms, method, path, body } = options;
  const found = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections: callers,
    duration: ms / 1_000,
    workers: 1,
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...defined({ "content-type": body === undefined ? undefined : "application/json" }),
    },
    ...defined({ body }),
  });
  return {
    answers: found.requests.total,
    failures: found.non2xx + found.errors,
    ms: found.duration * 1_000,
    p50: found.latency.p50,
    p99: found.latency.p99,
  };
}

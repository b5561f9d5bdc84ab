/**
 * A load generator: as many callers as asked for, each with a connection of its own, ask again as soon
 * as they have their answer. Runs as a thread, so that it does not share the server's event loop, and
 * speaks just enough HTTP not to be the slower of the two.
 */

import { connect } from "node:net";
import { parentPort, Worker, workerData } from "node:worker_threads";

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
  /** Answers of another status than 2xx. */
  readonly failures: number;
  readonly ms: number;
  /** Milliseconds of each answer. */
  readonly took: readonly number[];
}

/** Runs the load in a thread of its own. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  worker.once("message", resolve);
  worker.once("error", reject);
  return await promise;
}

/** One caller; resolves once the time is over and its last answer is here. */
async function call(
  options: LoadOptions,
  until: number,
  result: { failures: number; took: number[] },
) {
  const socket = connect(options.port, "127.0.0.1");
  socket.setNoDelay(true);
  const request = requestOf(options);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let begun = 0;
  const ask = () => {
    begun = performance.now();
    socket.write(request);
  };
  const answers = new Answers((status) => {
    const now = performance.now();
    result.took.push(now - begun);
    if (status < 200 || status > 299) result.failures += 1;
    if (now < until) ask();
    else socket.end(resolve);
  });
  socket.on("data", (bytes: Buffer) => answers.take(bytes));
  socket.on("error", reject);
  socket.on("connect", ask);
  await promise;
}

/** Finds where an answer ends; each has a length, and none follows before it is asked for. */
class Answers {
  readonly #onAnswer: (status: number) => void;
  #head = "";
  #left = -1;
  #status = 0;

  constructor(onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
  }

  take(bytes: Buffer): void {
    if (this.#left < 0) {
      this.#head += bytes.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#head)?.[1] ?? 0);
      this.#left = length - (this.#head.length - end - 4);
      this.#head = "";
    } else this.#left -= bytes.length;
    if (this.#left > 0) return;
    this.#left = -1;
    this.#onAnswer(this.#status);
  }
}

function requestOf({ port, token, method, path, body = "" }: LoadOptions): string {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${token}`,
    ...(method === "POST"
      ? ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`]
      : []),
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

const options = workerData as LoadOptions | null;
if (parentPort !== null && options !== null) {
  const result = { failures: 0, took: [] as number[] };
  const begun = performance.now();
  const callers = Array.from({ length: options.callers }, () =>
    call(options, begun + options.ms, result),
  );
  await Promise.all(callers);
  const ms = performance.now() - begun;
  parentPort.postMessage({ ...result, answers: result.took.length, ms } satisfies LoadResult);
}

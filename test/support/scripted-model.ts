/**
 * A model for tests: an OpenAI-compatible server on loopback that does to each request what the
 * test's script says. Use it with provider `openai-generic` and its `baseUrl`.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * What happens to one request. The names alone stand for the fate with its defaults.
 * `ok` answers at once · `slow` answers when the test releases the request · `hang` never answers ·
 * `rate_limited` 429 with Retry-After · `server_error` 500 · `unauthorized` 401 that quotes the key ·
 * `broken_json` half a JSON body · `empty` an answer without text · `cut` the connection breaks in
 * mid-answer · `cut_clean` the same, but the connection ends in order · `length` an answer
 * that the model's token limit cut · `slow_stream` the next word of the stream, or the answer, on
 * each release · `drop` the connection is closed without a word.
 */
export type Fate = FateName | (FateOptions & { readonly kind: FateName });

export type FateName = keyof typeof fates;

export interface FateOptions {
  /** What the model says; the default names the fate and the request's number. */
  readonly text?: string;
  /** Value of the Retry-After header of `rate_limited`; default "2", null = no such header. */
  readonly retryAfter?: string | null;
  /** Status instead of the one the fate has; makes `server_error` any other failure. */
  readonly status?: number;
}

export interface ScriptedRequest {
  /** Counts from 0 in the order of arrival. */
  readonly index: number;
  readonly path: string;
  readonly model: string;
  readonly isStream: boolean;
  readonly headers: IncomingMessage["headers"];
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  /** All messages' text. */
  readonly prompt: string;
  /** Resolves when the client closed the connection before it had the whole answer. */
  readonly closedByClient: Promise<void>;
  /** Resolves when the answer, or what the fate makes of it, was sent to its end. */
  readonly answered: Promise<void>;
  /** Lets a `slow` request, or the next word of a `slow_stream`, go. May be called ahead. */
  release(): void;
}

export interface ScriptedModel extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  /** All requests so far, in the order of arrival. */
  readonly requests: readonly ScriptedRequest[];
  /** Requests whose connection is open and whose answer is not sent yet. */
  readonly inFlight: number;
  readonly inFlightMax: number;
  /** The request with this number, as soon as it has arrived. */
  request(index: number): Promise<ScriptedRequest>;
  close(): Promise<void>;
}

export interface ScriptedModelOptions {
  /**
   * Decides each request's fate. Without it, a request whose model, or whose first path segment
   * (`http://…/hang/v1`), is the name of a fate gets that one; any other is `ok`.
   */
  readonly answer?: (request: ScriptedRequest) => Fate;
  /** Port to listen on; default any free one. */
  readonly port?: number;
}

/** Starts the server; it listens when the promise resolves. Close it at the end of the test. */
export async function startScriptedModel(
  options: ScriptedModelOptions = {},
): Promise<ScriptedModel> {
  const log = new RequestLog();
  const answer = options.answer ?? fateByName;
  const server = createServer((message, response) => {
    serve(message, response, log, answer).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: log.requests,
    get inFlight() {
      return log.inFlight;
    },
    get inFlightMax() {
      return log.inFlightMax;
    },
    request: (index) => log.request(index),
    close,
    [Symbol.asyncDispose]: close,
  };
}

class RequestLog {
  readonly requests: ScriptedRequest[] = [];
  inFlight = 0;
  inFlightMax = 0;
  readonly #arrivals: PromiseWithResolvers<ScriptedRequest>[] = [];

  async request(index: number): Promise<ScriptedRequest> {
    return this.#arrival(index).promise;
  }

  add(request: ScriptedRequest): void {
    this.requests.push(request);
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    this.#arrival(request.index).resolve(request);
  }

  #arrival(index: number): PromiseWithResolvers<ScriptedRequest> {
    this.#arrivals[index] ??= Promise.withResolvers();
    return this.#arrivals[index];
  }
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  log: RequestLog,
  answer: (request: ScriptedRequest) => Fate,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const closed = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const gate = new Gate();
  const request: ScriptedRequest = {
    ...parseRequest(message, Buffer.concat(chunks).toString()),
    index: log.requests.length,
    closedByClient: closed.promise,
    answered: answered.promise,
    release: () => gate.release(),
  };
  let isOver = false;
  response.on("close", () => {
    log.inFlight -= 1;
    if (!isOver) closed.resolve();
    gate.open();
  });
  log.add(request);
  const fate = answer(request);
  const { kind, ...rest } = typeof fate === "string" ? { kind: fate } : fate;
  const over = () => {
    isOver = true;
    answered.resolve();
  };
  await fates[kind]({ request, response, gate, over, options: rest });
}

function parseRequest(message: IncomingMessage, body: string) {
  const json = (body === "" ? {} : JSON.parse(body)) as {
    model?: string;
    stream?: boolean;
    messages?: readonly { role: string; content: unknown }[];
  };
  const messages = (json.messages ?? []).map(({ role, content }) => ({
    role,
    text: textOf(content),
  }));
  return {
    path: message.url ?? "/",
    model: json.model ?? "",
    isStream: json.stream === true,
    headers: message.headers,
    messages,
    prompt: messages.map(({ text }) => text).join("\n"),
  };
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return String(content);
  return content.map((part: { text?: string }) => part.text ?? "").join("");
}

/** Counts releases, so that one given ahead is not lost. */
class Gate {
  #released = 0;
  #isOpen = false;
  #wake: (() => void) | undefined;

  release(): void {
    this.#released += 1;
    this.#wake?.();
  }

  /** From now on nobody waits. */
  open(): void {
    this.#isOpen = true;
    this.#wake?.();
  }

  async passed(): Promise<void> {
    while (this.#released === 0 && !this.#isOpen) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    this.#released -= 1;
  }
}

interface Turn {
  readonly request: ScriptedRequest;
  readonly response: ServerResponse;
  readonly gate: Gate;
  /** Says that what happens to the connection from now on is the server's doing. */
  readonly over: () => void;
  readonly options: FateOptions;
}

const fates = {
  ok: answerWhole,
  slow: async (turn: Turn) => {
    await turn.gate.passed();
    await answerWhole(turn);
  },
  hang: async () => undefined,
  rate_limited: async (turn: Turn) => {
    const { retryAfter = "2" } = turn.options;
    const headers = retryAfter === null ? {} : { "retry-after": retryAfter };
    fail(turn, 429, "slow down", headers);
  },
  server_error: async (turn: Turn) => fail(turn, turn.options.status ?? 500, "it broke"),
  unauthorized: async (turn: Turn) =>
    fail(turn, 401, `wrong key: ${turn.request.headers.authorization ?? "none"}`),
  broken_json: async ({ response, over }: Turn) => {
    over();
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"id":"x","choices":[{"mess');
  },
  empty: async (turn: Turn) => answerWhole({ ...turn, options: { ...turn.options, text: "" } }),
  cut: async (turn: Turn) => cut(turn, () => turn.response.destroy()),
  cut_clean: async (turn: Turn) => cut(turn, () => turn.response.end()),
  length: async (turn: Turn) => answerWhole(turn, "length"),
  slow_stream: async (turn: Turn) => {
    await answerWhole(turn, "stop", () => turn.gate.passed());
  },
  drop: async ({ response, over }: Turn) => {
    over();
    response.destroy();
  },
} as const satisfies Record<string, (turn: Turn) => Promise<void>>;

function fateByName(request: ScriptedRequest): Fate {
  const segment = request.path.split("/")[1] ?? "";
  const name = [request.model, segment].find((text) => Object.hasOwn(fates, text));
  return (name as FateName | undefined) ?? "ok";
}

async function answerWhole(
  turn: Turn,
  finish = "stop",
  beforeWord: () => Promise<void> = () => nextTurn(),
): Promise<void> {
  const { request, response, over } = turn;
  const text = textFor(turn);
  if (!request.isStream) {
    await beforeWord();
    over();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(completion(turn, text, finish)));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const word of wordsOf(text)) {
    await beforeWord();
    if (response.destroyed) return;
    writeEvent(turn, { delta: { content: word }, finish: null });
  }
  over();
  writeEvent(turn, { delta: {}, finish });
  response.write(`data: ${JSON.stringify({ ...chunkBase(turn), choices: [], usage })}\n\n`);
  response.end("data: [DONE]\n\n");
}

/** Sends half of the answer, waits until it is on its way, then lets `end` end the connection. */
async function cut(turn: Turn, end: () => void): Promise<void> {
  const { request, response, over } = turn;
  const words = wordsOf(textFor(turn));
  over();
  const type = request.isStream ? "text/event-stream" : "application/json";
  response.writeHead(200, { "content-type": type });
  if (request.isStream) {
    for (const word of words.slice(0, Math.ceil(words.length / 2))) {
      writeEvent(turn, { delta: { content: word }, finish: null });
    }
  } else {
    response.write('{"id":"x","choices":[{"mess');
  }
  await nextTurn();
  await nextTurn();
  end();
}

function fail(
  { response, over }: Turn,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  over();
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error: { message, type: "scripted" } }));
}

function textFor({ request, options }: Turn): string {
  return options.text ?? `scripted answer number ${request.index}`;
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+/gu) ?? [];
}

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

function completion({ request }: Turn, text: string, finish: string) {
  return {
    id: `scripted-${request.index}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model: request.model,
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: finish }],
    usage,
  };
}

function chunkBase({ request }: Turn) {
  return {
    id: `scripted-${request.index}`,
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: request.model,
  };
}

function writeEvent(turn: Turn, event: { readonly delta: object; readonly finish: string | null }) {
  const choices = [{ index: 0, delta: event.delta, finish_reason: event.finish }];
  turn.response.write(`data: ${JSON.stringify({ ...chunkBase(turn), choices })}\n\n`);
}

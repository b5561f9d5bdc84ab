/**
 * A model for tests: an OpenAI-compatible server on loopback that does to each request what the
 * test's script says. Use it with provider `openai-generic` and its `baseUrl`.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Fate, type FateName, fates, Gate } from "./scripted-fates.ts";

export type { Fate, FateName } from "./scripted-fates.ts";

export interface ScriptedRequest {
  /** Counts from 0 in the order of arrival. */
  readonly index: number;
  readonly path: string;
  readonly model: string;
  readonly isStream: boolean;
  readonly headers: IncomingMessage["headers"];
  /** The whole body, parsed. */
  readonly body: Readonly<Record<string, unknown>>;
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
    body: json,
    messages,
    prompt: messages.map(({ text }) => text).join("\n"),
  };
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return String(content);
  return content.map((part: { text?: string }) => part.text ?? "").join("");
}

function fateByName(request: ScriptedRequest): Fate {
  const segment = request.path.split("/")[1] ?? "";
  const name = [request.model, segment].find((text) => Object.hasOwn(fates, text));
  return (name as FateName | undefined) ?? "ok";
}

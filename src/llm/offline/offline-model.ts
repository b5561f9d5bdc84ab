/**
 * The offline model: an OpenAI-compatible server inside the process, so that calls go through BAML and
 * HTTP with and without a key. Only on loopback, and only with its token.
 */

import { randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseJsonObject } from "../../model/parse-json.ts";
import { DECK_SIZE } from "./joke-deck.ts";
import { type ChatMessage, OFFLINE_MODEL, offlineAnswer } from "./offline-answer.ts";

/** Largest request body, in bytes; a larger one is answered with 413. */
const BODY_BYTES_MAX = 1024 * 1024;
/** Milliseconds that an idle connection is kept: longer than in BAML's pool. */
const KEEP_ALIVE_MS = 120_000;
/** Characters of one piece of a streamed answer. */
const PIECE_CHARACTERS = 24;
/** Approximate characters of a token, because this model has no tokens. */
const TOKEN_CHARACTERS = 4;

export interface OfflineModel extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  /** The bearer token that every request must carry. */
  readonly token: string;
}

/** Starts the server on a free port of loopback; it listens when the promise resolves. */
export async function startOfflineModel(): Promise<OfflineModel> {
  const token = randomBytes(24).toString("base64url");
  const expected = Buffer.from(`Bearer ${token}`);
  let start = randomInt(DECK_SIZE);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    respond(message, response, expected, () => start++).catch((error: unknown) => {
      refuse(response, error instanceof Refusal ? error : new Refusal(500, "the answer failed"));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Agents keep the process alive, not this server.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    token,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** An answer other than 200; the client sees the message. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  expected: Buffer,
  nextStart: () => number,
): Promise<void> {
  if (!isAllowed(message, expected)) throw new Refusal(401, "the bearer token is missing or wrong");
  const route = `${message.method} ${message.url}`;
  if (route === "GET /v1/models") {
    sendJson(response, 200, { object: "list", data: [{ id: OFFLINE_MODEL, object: "model" }] });
    return;
  }
  if (route !== "POST /v1/chat/completions") throw new Refusal(404, "there is no such route");
  const request = parseRequest(await readBody(message));
  const text = offlineAnswer(request.messages, nextStart());
  const usage = countTokens(request.messages, text);
  if (request.isStream) sendStream(response, text, usage);
  else sendWhole(response, text, usage);
}

function isAllowed(message: IncomingMessage, expected: Buffer): boolean {
  const given = Buffer.from(message.headers.authorization ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) {
      throw new Refusal(413, `the body must have at most ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

interface ChatRequest {
  readonly isStream: boolean;
  readonly messages: readonly ChatMessage[];
}

function parseRequest(body: string): ChatRequest {
  const json = parseJsonObject(body);
  if (json === undefined) throw new Refusal(400, "the body must be a JSON object");
  const messages = json["messages"];
  if (!Array.isArray(messages)) throw new Refusal(400, "messages must be an array");
  return { isStream: json["stream"] === true, messages: messages.map(parseMessage) };
}

/** OpenAI's content is text, or a list of parts, some with text. */
function parseMessage(message: unknown): ChatMessage {
  const { role, content } = (message ?? {}) as Record<string, unknown>;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  const texts = parts.map((part) =>
    typeof part === "string" ? part : (part as { text?: unknown } | null)?.text,
  );
  const text = texts.filter((part) => typeof part === "string").join("");
  if (typeof role === "string" && texts.length > 0) return { role, text };
  throw new Refusal(400, "each message must have a role and a content");
}

interface TokenCount {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

function countTokens(messages: readonly ChatMessage[], answer: string): TokenCount {
  const characters = messages.reduce((sum, { text }) => sum + text.length, 0);
  const prompt = Math.ceil(characters / TOKEN_CHARACTERS);
  const completion = Math.ceil(answer.length / TOKEN_CHARACTERS);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

function sendWhole(response: ServerResponse, text: string, usage: TokenCount): void {
  const message = { role: "assistant", content: text };
  sendJson(response, 200, {
    ...envelope("chat.completion"),
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  });
}

function sendStream(response: ServerResponse, text: string, usage: TokenCount): void {
  const base = envelope("chat.completion.chunk");
  const pieces = text.match(new RegExp(`[\\s\\S]{1,${PIECE_CHARACTERS}}`, "gu")) ?? [];
  const chunks = [
    ...pieces.map((content) => ({ delta: { content }, finish_reason: null })),
    { delta: {}, finish_reason: "stop" },
  ].map((choice) => ({ ...base, choices: [{ index: 0, ...choice }] }));
  const events = [...chunks, { ...base, choices: [], usage }].map((chunk) => JSON.stringify(chunk));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.end([...events, "[DONE]"].map((event) => `data: ${event}\n\n`).join(""));
}

function envelope(object: string) {
  const created = Math.floor(Date.now() / 1_000);
  return { id: `offline-${created}`, object, created, model: OFFLINE_MODEL };
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // The rest of a body that is too large stays unread.
  response.shouldKeepAlive = false;
  sendJson(response, status, { error: { message, type: "invalid_request_error" } });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

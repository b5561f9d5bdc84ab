/** Requests to the server of this page. All failures are one kind of error. */

import type { ErrorData } from "../../model/error-data.ts";
import type { ListPage } from "../../model/list-page.ts";
import { parseHarmless } from "./harmless.ts";

/** Milliseconds without a byte after which a request is given up. */
const SILENCE_MS_MAX = 20_000;

/** Characters of a body that a slow connection sends in a millisecond: no byte arrives meanwhile. */
const UPLOAD_CHARS_A_MS = 5;

/** A refusal by the server or a failure of the connection. */
export class RequestError extends Error {
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly data: ErrorData;

  constructor(status: number, data: ErrorData) {
    super(data.message);
    this.name = "RequestError";
    this.status = status;
    this.data = data;
  }
}

/** @param workMs milliseconds that the server may need before its first byte @throws {RequestError} */
export async function getJson<T>(path: string, signal?: AbortSignal, workMs = 0): Promise<T> {
  return await request<T>(path, {}, { signal, workMs });
}

type Query = Readonly<Record<string, string | number>>;

/** One page of a list. @param cursor of the page; null for the first one @throws {RequestError} */
export async function getPage<T>(
  path: string,
  query: Query,
  signal?: AbortSignal,
  cursor: string | null = null,
): Promise<ListPage<T>> {
  const words = new URLSearchParams(
    Object.entries(query).map(([word, value]) => [word, `${value}`]),
  );
  if (cursor !== null) words.set("cursor", cursor);
  return await getJson(`${path}?${words}`, signal);
}

/** The items of a list, page by page. @throws {RequestError} */
export async function* getPages<T>(
  path: string,
  query: Query,
  signal?: AbortSignal,
): AsyncGenerator<readonly T[]> {
  let cursor: string | null = null;
  do {
    const page: ListPage<T> = await getPage(path, query, signal, cursor);
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor !== null);
}

interface PostOptions {
  /** A request with the same key is carried out once, however often it is sent. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws {RequestError} */
export async function postJson<T>(
  path: string,
  body: unknown,
  { key = newKey(), headers }: PostOptions = {},
): Promise<T> {
  const text = JSON.stringify(body);
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
    body: text,
  };
  return await request<T>(path, init, { workMs: text.length / UPLOAD_CHARS_A_MS });
}

/** Any failure as data. */
export function errorDataOf(error: unknown): ErrorData {
  if (error instanceof RequestError) return error.data;
  return { code: "PAGE_FAILED", message: error instanceof Error ? error.message : String(error) };
}

interface Patience {
  readonly signal?: AbortSignal | undefined;
  readonly workMs?: number;
}

async function request<T>(
  path: string,
  init: RequestInit,
  { signal, workMs = 0 }: Patience = {},
): Promise<T> {
  const silence = new Silence(workMs);
  const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
  try {
    const options = { credentials: "same-origin", cache: "no-store", ...init } as const;
    // Relative to the page, because a proxy may serve it below a path.
    const response = await fetch(`.${path}`, { ...options, signal: AbortSignal.any(signals) });
    const text = await textOf(response, silence);
    if (response.ok) return parseHarmless<T>(text);
    throw new RequestError(response.status, problemOf(response, text));
  } catch (cause) {
    if (cause instanceof RequestError || signal?.aborted === true) throw cause;
    const isLate = silence.signal.aborted;
    const message = isLate ? "the server did not answer in time" : "the server cannot be reached";
    throw new RequestError(0, { code: "SERVER_UNREACHABLE", message });
  } finally {
    silence.end();
  }
}

/** A slow connection may take its time, as long as bytes arrive. */
async function textOf(response: Response, silence: Silence): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return await response.text();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    silence.restart();
    text += decoder.decode(value, { stream: true });
  }
}

/** Aborts after a silence that is too long. */
class Silence {
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param workMs added to the first one */
  constructor(workMs: number) {
    this.#start(SILENCE_MS_MAX + workMs);
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  restart(): void {
    this.#start(SILENCE_MS_MAX);
  }

  #start(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ended.abort(), ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function problemOf({ status, statusText }: Response, text: string): ErrorData {
  const fallback = { code: `HTTP_${status}`, message: statusText };
  try {
    const { code, detail } = parseHarmless<{ code?: string; detail?: string }>(text);
    return { code: code ?? fallback.code, message: detail ?? fallback.message };
  } catch {
    return fallback;
  }
}

/** An idempotency key. Not `randomUUID`: browsers do not offer it to pages over plain HTTP. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    "-",
  );
}

/** Requests to the server this page came from. Whatever goes wrong is one kind of error. */

import type { ErrorData } from "../../model/error-data.ts";

/** Milliseconds after which an answer is not waited for any more. */
const ANSWER_TIMEOUT_MS = 20_000;

/** What the server, or the way to it, said no with. */
export class RequestError extends Error {
  /** 0 where there was no answer. */
  readonly status: number;
  readonly data: ErrorData;

  constructor(status: number, data: ErrorData) {
    super(data.message);
    this.name = "RequestError";
    this.status = status;
    this.data = data;
  }
}

/** @throws {RequestError} */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await request<T>(path, { signal: withTimeout(signal) });
}

/** Sent twice by accident, it is done once. @throws {RequestError} */
export async function postJson<T>(path: string, body: unknown): Promise<T> {
  return await request<T>(path, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": newKey() },
    body: JSON.stringify(body),
    signal: withTimeout(undefined),
  });
}

/** What any failure says, as data. */
export function errorDataOf(error: unknown): ErrorData {
  if (error instanceof RequestError) return error.data;
  return { code: "PAGE_FAILED", message: error instanceof Error ? error.message : String(error) };
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await reach(path, init);
  if (response.ok) return (await response.json()) as T;
  throw new RequestError(response.status, await problemOf(response));
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch (cause) {
    const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
    const message = isLate ? "the server did not answer in time" : "the server cannot be reached";
    throw new RequestError(0, { code: "SERVER_UNREACHABLE", message });
  }
}

async function problemOf(response: Response): Promise<ErrorData> {
  const fallback = { code: `HTTP_${response.status}`, message: response.statusText };
  try {
    const { code, detail } = (await response.json()) as { code?: string; detail?: string };
    return { code: code ?? fallback.code, message: detail ?? fallback.message };
  } catch {
    return fallback;
  }
}

function withTimeout(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** Not `randomUUID`, which browsers keep from pages that come over plain HTTP by name. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    "-",
  );
}

/**
 * Sends batches of spans to a collector: OTLP over HTTP, as protobuf. OpenTelemetry's serializer makes the
 * bytes; the requests are ours. Rejected: its exporter, whose retries cannot be ended, so that a collector
 * that is down would hold up the end of the process for seconds; it also reports spans that the collector
 * rejects to a global log only.
 */

import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ExportResultCode } from "@opentelemetry/core";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { type Backoff, backoffMs } from "../model/backoff.ts";
import type { TraceSettings } from "./trace-settings.ts";

export interface OtlpExporterOptions {
  readonly url: URL;
  readonly settings: Pick<TraceSettings, "headers" | "timeoutMs" | "isCompressed" | "tls">;
  readonly userAgent: string;
  readonly onLost: (spans: number, reason: string) => void;
}

type Done = Parameters<SpanExporter["export"]>[1];

/** What the collector answered, as far as it matters. */
interface Answer {
  readonly status: number;
  /** Milliseconds, from the header `Retry-After` in seconds. */
  readonly retryAfterMs: number | undefined;
  readonly body: Uint8Array;
}

/** Not on the main thread. */
const compress = promisify<Uint8Array, Uint8Array>(gzip);

/** The statuses after which OTLP's specification allows a retry. */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const retryWaits: Backoff = { baseMs: 2_000, maxMs: 10_000 };
/** Bytes of an answer that are read. */
const ANSWER_BYTES_MAX = 64 * 1024;
/** Connections at the same time: more than one only while an earlier request hangs, and at the end. */
const SOCKETS_MAX = 8;

export class OtlpExporter implements SpanExporter {
  readonly #options: OtlpExporterOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #ending = new AbortController();
  /** Batches under way. */
  readonly #sending = new Set<Promise<void>>();

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
    const { url, settings } = options;
    const kept = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.#agent =
      url.protocol === "http:" ? new HttpAgent(kept) : new HttpsAgent({ ...kept, ...settings.tls });
  }

  export(spans: ReadableSpan[], done: Done): void {
    const sending: Promise<void> = this.#send(spans)
      .then(
        () => done({ code: ExportResultCode.SUCCESS }),
        (error: Error) => {
          this.#options.onLost(spans.length, error.message);
          done({ code: ExportResultCode.FAILED, error });
        },
      )
      .then(() => void this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#sending);
  }

  /** Ends the requests under way: their spans are lost. */
  async shutdown(): Promise<void> {
    this.#ending.abort(new Error("the process ended before the collector had answered"));
    await this.forceFlush();
    this.#agent.destroy();
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    const { settings } = this.#options;
    const bytes = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array();
    const body = settings.isCompressed ? await compress(bytes) : bytes;
    const { timeoutMs } = settings;
    using end = new BatchEnd(this.#ending.signal, timeoutMs);
    const { signal } = end;
    const deadline = performance.now() + timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const { answer, fault } = await this.#post(body, signal);
      if (answer !== undefined && answer.status < 300) return this.#countRejected(answer);
      signal.throwIfAborted();
      const isRetryable = answer === undefined || retryableStatuses.has(answer.status);
      const waitMs = answer?.retryAfterMs ?? backoffMs(retryWaits, attempt, Math.random());
      if (!isRetryable || performance.now() + waitMs > deadline) throw new Error(fault);
      await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** Never rejects: a request that fails has a fault as text. */
  async #post(body: Uint8Array, signal: AbortSignal) {
    try {
      const answer = await this.#request(body, signal);
      return { answer, fault: `the collector answered ${answer.status}` };
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      return { answer: undefined, fault: message || (code ?? "no connection") };
    }
  }

  #request(body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const { url, settings, userAgent } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = {
      "user-agent": userAgent,
      ...settings.headers,
      "content-type": "application/x-protobuf",
      "content-length": body.byteLength,
      ...(settings.isCompressed && { "content-encoding": "gzip" }),
    };
    const options = { method: "POST", headers, agent: this.#agent, signal };
    const sent: ClientRequest =
      url.protocol === "http:" ? httpRequest(url, options) : httpsRequest(url, options);
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      response.on("data", (chunk: Uint8Array) => {
        bytes += chunk.byteLength;
        if (bytes > ANSWER_BYTES_MAX) sent.destroy(new Error("the collector's answer is too long"));
        chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers: answered } = response;
        const retryAfterMs = readRetryAfter(answered["retry-after"]);
        resolve({ status, retryAfterMs, body: Buffer.concat(chunks) });
      });
    });
    sent.end(body);
    return promise;
  }

  /** A collector may accept a request, and reject some of its spans. */
  #countRejected({ body }: Answer): void {
    const { partialSuccess } = parseAnswer(body);
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    if (rejected > 0) this.#options.onLost(rejected, "the collector rejected them");
  }
}

/** Fires when a batch must end: its time is over, or the process ends. */
class BatchEnd implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  constructor(ending: AbortSignal, timeoutMs: number) {
    const late = new AbortController();
    const reason = new Error(`the collector did not answer within ${timeoutMs} ms`);
    this.#timer = setTimeout(() => late.abort(reason), timeoutMs);
    this.signal = AbortSignal.any([ending, late.signal]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** An answer that is not OTLP's, such as that of a proxy, says nothing of single spans. */
function parseAnswer(body: Uint8Array) {
  try {
    return ProtobufTraceSerializer.deserializeResponse(body);
  } catch {
    return {};
  }
}

function readRetryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

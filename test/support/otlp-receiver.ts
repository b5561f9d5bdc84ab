/** A collector for traces: decodes OTLP's protobuf with a schema of its own, and answers as the test says. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { LoopbackHttp } from "./loopback-http.ts";

/** The part of opentelemetry-proto that spans use, with its field numbers. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceSpans: repeated("ResourceSpans", 1) } },
    ResourceSpans: {
      fields: { resource: field("Resource", 1), scopeSpans: repeated("ScopeSpans", 2) },
    },
    Resource: { fields: { attributes: repeated("KeyValue", 1) } },
    ScopeSpans: { fields: { scope: field("Scope", 1), spans: repeated("Span", 2) } },
    Scope: { fields: { name: field("string", 1), version: field("string", 2) } },
    Span: {
      fields: {
        traceId: field("bytes", 1),
        spanId: field("bytes", 2),
        parentSpanId: field("bytes", 4),
        name: field("string", 5),
        kind: field("int32", 6),
        start: field("fixed64", 7),
        end: field("fixed64", 8),
        attributes: repeated("KeyValue", 9),
        links: repeated("Link", 13),
        status: field("Status", 15),
      },
    },
    Link: { fields: { traceId: field("bytes", 1), spanId: field("bytes", 2) } },
    Status: { fields: { message: field("string", 2), code: field("int32", 3) } },
    KeyValue: { fields: { key: field("string", 1), value: field("AnyValue", 2) } },
    AnyValue: {
      fields: {
        stringValue: field("string", 1),
        boolValue: field("bool", 2),
        intValue: field("int64", 3),
        doubleValue: field("double", 4),
      },
    },
  },
});

function field(type: string, id: number) {
  return { type, id };
}

function repeated(type: string, id: number) {
  return { rule: "repeated", type, id };
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty without a parent. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1: internal, 3: client. */
  readonly kind: number;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Code 0: unset, 2: error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
}

/** How a request is answered. By default with 200 and an empty body. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Never answers. */
export const hangs: Answer = () => undefined;

export function answers(status: number, body: Uint8Array = new Uint8Array()): Answer {
  return (response) => response.writeHead(status).end(body);
}

/** Accepted, except this many spans. */
export function rejects(spans: number): Answer {
  // ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1 } }
  return answers(200, Uint8Array.of(0x0a, 0x02, 0x08, spans));
}

export class OtlpReceiver extends LoopbackHttp {
  /** All spans of requests that were answered with 200. */
  readonly spans: ReceivedSpan[] = [];
  /** All requests, answered or not. */
  readonly requests: IncomingMessage[] = [];
  /** All bodies as text, in which a content would be found. */
  text = "";
  /** Answers all requests from now on. */
  answer: Answer = answers(200);

  static start(): Promise<OtlpReceiver> {
    return new OtlpReceiver().listen();
  }

  protected respond(request: IncomingMessage, response: ServerResponse, sent: Buffer): void {
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    this.requests.push(request);
    this.text += body.toString();
    this.answer(response, request);
    if (response.statusCode === 200 && response.writableEnded) this.spans.push(...decode(body));
  }
}

interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: string;
  readonly end: string;
  readonly attributes: readonly KeyValue[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message: string } | null;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

interface DecodedRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly DecodedSpan[];
    }[];
  }[];
}

function decode(body: Uint8Array): readonly ReceivedSpan[] {
  const type = schema.lookupType("Request");
  const { resourceSpans } = type.toObject(type.decode(body), {
    bytes: String,
    longs: String,
    arrays: true,
  }) as DecodedRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        ...toSpan(span),
        resource: toAttributes(resource.attributes),
        scope,
      })),
    ),
  );
}

function toSpan(span: DecodedSpan): Omit<ReceivedSpan, "resource" | "scope"> {
  return {
    ...span,
    ...hexIds(span),
    parentSpanId: toHex(span.parentSpanId ?? ""),
    start: toMs(span.start),
    end: toMs(span.end),
    attributes: toAttributes(span.attributes),
    links: span.links.map((link) => ({ ...hexIds(link) })),
    status: { code: span.status?.code ?? 0, message: span.status?.message ?? "" },
  };
}

function hexIds({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) {
  return { traceId: toHex(traceId), spanId: toHex(spanId) };
}

function toHex(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}

function toMs(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000n);
}

function toAttributes(entries: readonly KeyValue[]): Attributes {
  return Object.fromEntries(
    entries.map(({ key, value: { stringValue, intValue, boolValue, doubleValue } }) => [
      key,
      stringValue ??
        (intValue === undefined ? undefined : Number(intValue)) ??
        boolValue ??
        doubleValue ??
        "",
    ]),
  );
}

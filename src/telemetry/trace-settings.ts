/**
 * What OpenTelemetry's variables say about traces that are sent. They are read here and not by its SDK,
 * which reads the environment alone: in Troupe they may be in `.env`, and headers have left the environment.
 */

import { readFileSync } from "node:fs";
import { parseKeyPairsIntoRecord } from "@opentelemetry/core";
import type { TraceVariables } from "./trace-switch.ts";

export interface TraceSettings {
  /** Headers of each request; they may have the collector's key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that one batch may take, its retries included. */
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  /** Certificates of the connection, as PEM text. */
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly batch: BatchSettings;
  /** Attributes of the resource, without Troupe's defaults. */
  readonly resource: Readonly<Record<string, string>>;
  /** The name of a sampler, and the share of traces that `traceidratio` samples. */
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** True if prompts, answers and messages of errors are sent, as far as they are stored. */
  readonly hasContent: boolean;
  /** Sentences about values that are not used. */
  readonly warnings: readonly string[];
}

/** As the SDK's processor of batches takes them. */
interface BatchSettings {
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
  /** Spans that may wait. */
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
}

const samplerNames = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export type SamplerName = (typeof samplerNames)[number];

const CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
/** Values of {@link CAPTURE} with which spans have content; with the others nothing has. */
const capturing = ["true", "span_only", "span_and_event"];
const notCapturing = ["false", "no_content", "event_only"];

export function readTraceSettings(variables: TraceVariables): TraceSettings {
  const warnings: string[] = [];
  const read = new Variables(variables, warnings);
  return {
    headers: {
      ...read.pairs("OTEL_EXPORTER_OTLP_HEADERS"),
      ...read.pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
    },
    timeoutMs: read.count(read.ofTraces("TIMEOUT"), 10_000),
    isCompressed: read.word(read.ofTraces("COMPRESSION"), ["none", "gzip"], "none") === "gzip",
    tls: {
      ...read.file("ca", read.ofTraces("CERTIFICATE")),
      ...read.file("cert", read.ofTraces("CLIENT_CERTIFICATE")),
      ...read.file("key", read.ofTraces("CLIENT_KEY")),
    },
    batch: batchOf(read),
    resource: {
      ...read.pairs("OTEL_RESOURCE_ATTRIBUTES"),
      ...(variables["OTEL_SERVICE_NAME"] && { "service.name": variables["OTEL_SERVICE_NAME"] }),
    },
    sampler: {
      name: read.word("OTEL_TRACES_SAMPLER", samplerNames, "parentbased_always_on"),
      ratio: read.ratio("OTEL_TRACES_SAMPLER_ARG"),
    },
    hasContent: capturing.includes(read.word(CAPTURE, [...capturing, ...notCapturing], "false")),
    warnings,
  };
}

function batchOf(read: Variables): BatchSettings {
  const maxQueueSize = read.count("OTEL_BSP_MAX_QUEUE_SIZE", 2_048);
  const batchSize = read.count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512);
  return {
    scheduledDelayMillis: read.count("OTEL_BSP_SCHEDULE_DELAY", 5_000),
    exportTimeoutMillis: read.count("OTEL_BSP_EXPORT_TIMEOUT", 30_000),
    maxQueueSize,
    maxExportBatchSize: Math.min(batchSize, maxQueueSize),
  };
}

/** Reads single values: one that cannot be used gives its default and a warning. */
class Variables {
  readonly #all: TraceVariables;
  readonly #warnings: string[];

  constructor(all: TraceVariables, warnings: string[]) {
    this.#all = all;
    this.#warnings = warnings;
  }

  /** The name of an exporter's variable: that for traces alone beats that for all signals. */
  ofTraces(end: string): string {
    const name = `OTEL_EXPORTER_OTLP_TRACES_${end}`;
    return this.#all[name] === undefined ? `OTEL_EXPORTER_OTLP_${end}` : name;
  }

  /** A whole number from 1 to 2^31 - 1, the most that a timer takes. */
  count(name: string, fallback: number): number {
    const isValid = (text: string) => /^\d{1,10}$/.test(text) && isTimer(Number(text));
    return Number(this.#valid(name, isValid, "a whole number from 1 to 2147483647") ?? fallback);
  }

  ratio(name: string): number {
    const isValid = (text: string) => Number(text) >= 0 && Number(text) <= 1;
    return Number(this.#valid(name, isValid, "a number from 0 to 1") ?? 1);
  }

  word<W extends string>(name: string, words: readonly W[], fallback: W): W {
    const find = (text: string) => words.find((word) => word === text.toLowerCase());
    const text = this.#valid(name, (given) => find(given) !== undefined, words.join(", "));
    return find(text ?? fallback) ?? fallback;
  }

  /** Values are percent-encoded. No warning shows one: it may be a key. */
  pairs(name: string): Readonly<Record<string, string>> {
    const text = this.#all[name];
    const isPair = (part: string) => part.trim() === "" || part.indexOf("=") > 0;
    if (text?.split(",").every(isPair) === false) {
      this.#warnings.push(
        `${name} must be name=value pairs, separated by commas; others are left out`,
      );
    }
    return parseKeyPairsIntoRecord(text);
  }

  /** The content of the file that the variable names. */
  file<K extends string>(key: K, name: string): { readonly [F in K]?: Buffer } {
    const path = this.#all[name];
    if (path === undefined) return {};
    try {
      return { [key]: readFileSync(path) } as { readonly [F in K]: Buffer };
    } catch (error) {
      this.#warnings.push(`${name} must be a readable file: ${(error as Error).message}`);
      return {};
    }
  }

  #valid(name: string, isValid: (text: string) => boolean, expected: string): string | undefined {
    const text = this.#all[name]?.trim();
    if (text === undefined || isValid(text)) return text;
    this.#warnings.push(`${name} must be ${expected}, got ${text}; its default counts`);
    return undefined;
  }
}

function isTimer(ms: number): boolean {
  return ms >= 1 && ms < 2 ** 31;
}

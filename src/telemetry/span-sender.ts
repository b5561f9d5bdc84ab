/**
 * Keeps spans until they are sent, in OpenTelemetry's processor of batches. The spans of a step are taken
 * together or not at all, so that no trace has holes; what is not taken is counted.
 */

import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace";
import { waitAtMost } from "../deadline.ts";
import type { LostSpans } from "./lost-spans.ts";
import type { TraceSettings } from "./trace-settings.ts";

/** Milliseconds that the end of the process waits for the collector. */
export const FLUSH_MS = 2_000;

export interface SpanSenderOptions {
  readonly exporter: SpanExporter;
  readonly batch: TraceSettings["batch"];
  readonly lost: LostSpans;
}

export class SpanSender implements AsyncDisposable {
  readonly #options: SpanSenderOptions;
  readonly #processor: BatchSpanProcessor;
  /** Spans in the processor's queue. */
  #waiting = 0;

  constructor(options: SpanSenderOptions) {
    this.#options = options;
    const { exporter, batch } = options;
    this.#processor = new BatchSpanProcessor({ ...batch, exporter: this.#counted(exporter) });
  }

  send(spans: readonly ReadableSpan[]): void {
    if (this.#waiting + spans.length > this.#options.batch.maxQueueSize) {
      this.#options.lost.add(spans.length, "too many were waiting");
      return;
    }
    this.#waiting += spans.length;
    for (const span of spans) this.#processor.onEnd(span);
  }

  /** Sends what waits, for {@link FLUSH_MS} at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exporter, lost } = this.#options;
    // Rejects if a batch was not delivered, which is counted.
    const flushed = this.#processor.shutdown().catch(() => undefined);
    await waitAtMost(flushed, FLUSH_MS);
    await exporter.shutdown();
    lost.log();
  }

  #counted(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) => {
        this.#waiting -= spans.length;
        exporter.export(spans, done);
      },
      // The processor requests it once it has sent everything, and waits for it.
      shutdown: async () => await exporter.forceFlush?.(),
    };
  }
}

/**
 * Puts the parts of the traces together: from stored steps over spans and batches to the collector.
 *
 * Two queues are bounded, of steps and of spans; the spans of a step are taken together or lost together,
 * and losses are counted. Nothing waits for a collector, except the end of the process, for two seconds.
 *
 * Rejected: the SDK's tracer, which measures the present, while these spans are past; spans from what
 * passes through this process on its way to the store, which would miss effects of an earlier process.
 */

import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import type { AgentId } from "../model/ids.ts";
import type { Store } from "../store/store.ts";
import { readVersion } from "../version.ts";
import { LostSpans } from "./lost-spans.ts";
import { OtlpExporter } from "./otlp-exporter.ts";
import { SpanSender } from "./span-sender.ts";
import { TraceFeed } from "./trace-feed.ts";
import { readTraceSettings, type SamplerName, type TraceSettings } from "./trace-settings.ts";
import type { TraceVariables } from "./trace-switch.ts";

export interface TracesOptions {
  readonly variables: TraceVariables;
  readonly events: EventBus;
  readonly store: Pick<Store, "effects" | "queue">;
  /** The type of an agent that has a step at this moment. */
  readonly typeOf: (agentId: AgentId) => string | undefined;
  /** The provider of a model, by its name at the provider. */
  readonly providerOf: (model: string) => string | undefined;
  readonly log: Logger;
}

export function startTraces(options: TracesOptions, url: URL): AsyncDisposable {
  const { variables, log, providerOf } = options;
  const settings = readTraceSettings(variables);
  for (const warning of settings.warnings) log.warn(warning);
  const version = readVersion();
  // Without a query, which may have a key.
  const collector = `${url.origin}${url.pathname}`;
  const lost = new LostSpans({ log, collector });
  const parts = new AsyncDisposableStack();
  const exporter = new OtlpExporter({
    url,
    settings,
    userAgent: `troupe/${version}`,
    onLost: (spans, reason) => lost.add(spans, reason),
  });
  const sender = parts.use(new SpanSender({ exporter, batch: settings.batch, lost }));
  const own = { "service.name": "troupe", "service.version": version, ...settings.resource };
  const resource = defaultResource().merge(resourceFromAttributes(own));
  const instrumentationScope = { name: "troupe", version };
  const spans = { resource, instrumentationScope, hasContent: settings.hasContent, providerOf };
  parts.use(new TraceFeed({ ...options, sampler: samplerOf(settings), spans, sender, lost }));
  log.info({ collector, content: settings.hasContent }, "traces of steps are sent");
  return parts;
}

function samplerOf({ sampler: { name, ratio } }: Pick<TraceSettings, "sampler">): Sampler {
  const plain = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const samplers: Readonly<Record<SamplerName, () => Sampler>> = {
    ...plain,
    parentbased_always_on: () => new ParentBasedSampler({ root: plain.always_on() }),
    parentbased_always_off: () => new ParentBasedSampler({ root: plain.always_off() }),
    parentbased_traceidratio: () => new ParentBasedSampler({ root: plain.traceidratio() }),
  };
  return samplers[name]();
}

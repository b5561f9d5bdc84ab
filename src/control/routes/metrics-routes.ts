/** `GET /metrics`, for Prometheus. */

import { Registry } from "prom-client";
import type { FleetCounts } from "../../model/event.ts";
import type { ControlParts } from "../control-parts.ts";
import { responses, textResponse } from "../http/response-schemas.ts";
import { observeDurations } from "../metrics/durations.ts";
import { addFleetReadings } from "../metrics/fleet-readings.ts";
import { LoopDelay } from "../metrics/loop-delay.ts";
import { addProcessReadings } from "../metrics/process-readings.ts";
import { addStoreReadings, StoreFigures } from "../metrics/store-readings.ts";
import type { App } from "./route-parts.ts";

/**
 * Milliseconds after the last request for which the event loop's delay is still measured, which wakes
 * the process fifty times a second. The first request shows 0.
 */
const MEASURED_MS = 120_000;

export function metricRoutes(app: App, parts: ControlParts): void {
  const registry = new Registry();
  const delay = new LoopDelay();
  const measuring = setTimeout(() => delay.stop(), MEASURED_MS).unref();
  const tables = new StoreFigures(parts.store);
  const durations = observeDurations(registry, parts.events);
  // Counting visits all agents: once for each scrape, however many metrics show a part of it.
  let counts: FleetCounts | undefined;
  addFleetReadings(registry, {
    counters: parts.counters,
    stream: parts.stream,
    events: parts.events,
    models: parts.models,
    lease: parts.lease,
    spent: parts.spent,
    prices: parts.prices,
    count: () => {
      counts ??= parts.count();
      return counts;
    },
  });
  addStoreReadings(registry, parts.store, tables);
  addProcessReadings(registry, delay);
  app.addHook("preClose", async () => {
    clearTimeout(measuring);
    durations[Symbol.dispose]();
    delay[Symbol.dispose]();
    await tables.close();
  });
  const schema = {
    tags: ["health"],
    operationId: "getMetrics",
    summary: "Metrics for Prometheus",
    response: responses({ 200: textResponse("text/plain", "Prometheus' text format") }),
  };
  app.get("/metrics", { schema }, async (_request, reply) => {
    delay.start();
    measuring.refresh();
    await tables.refresh();
    counts = undefined;
    const text = await registry.metrics();
    return reply.type(registry.contentType).serializer(String).send(text);
  });
}

/** How long things take, as histograms, observed with each event. */

import { Histogram, type Registry } from "prom-client";
import type { EventBus } from "../../event-bus.ts";
import type { TroupeEvent } from "../../model/event.ts";

/** Seconds: from a dispatch without any wait to a retry's longest backoff and beyond. */
const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds: steps wait for models, which may take minutes. */
const LONG = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Observes until it is disposed of. */
export function observeDurations(registry: Registry, events: EventBus): Disposable {
  const registers = [registry];
  const waits = new Histogram({
    name: "troupe_action_dispatch_seconds",
    help: "From the time an action was due to the begin of its handler.",
    buckets: SHORT,
    registers,
  });
  const handlings = new Histogram({
    name: "troupe_action_duration_seconds",
    help: "How long the handler of an action took.",
    buckets: SHORT,
    registers,
  });
  const steps = new Histogram({
    name: "troupe_step_duration_seconds",
    help: "How long a step took.",
    labelNames: ["status"],
    buckets: LONG,
    registers,
  });
  // Looked up once: there are thousands of steps a second.
  const byStatus = {
    ok: steps.labels({ status: "ok" }),
    error: steps.labels({ status: "error" }),
    aborted: steps.labels({ status: "aborted" }),
  };
  return events.subscribe(({ type, data }: TroupeEvent) => {
    if (type === "agent.step") {
      byStatus[data.status].observe(Math.max(0, data.ended_at - data.started_at) / 1_000);
    } else if (type === "action.processed") {
      waits.observe(data.waited_ms / 1_000);
      handlings.observe(data.took_ms / 1_000);
    }
  });
}

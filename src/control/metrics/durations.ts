/** Durations as histograms, observed with each event. */

import { Histogram, type Registry } from "prom-client";
import type { EventBus } from "../../event-bus.ts";
import type { TroupeEvent } from "../../model/event.ts";

/** Seconds: from an immediate dispatch to beyond the longest backoff of a retry. */
const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds: a step's model calls may take minutes. */
const LONG = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Observes until it is disposed of. */
export function observeDurations(registry: Registry, events: EventBus): Disposable {
  const registers = [registry];
  const waits = new Histogram({
    name: "troupe_action_dispatch_seconds",
    help: "Time from when an action was due until its handler started.",
    buckets: SHORT,
    registers,
  });
  const handlings = new Histogram({
    name: "troupe_action_duration_seconds",
    help: "Duration of an action's handler.",
    buckets: SHORT,
    registers,
  });
  const steps = new Histogram({
    name: "troupe_step_duration_seconds",
    help: "Duration of a step.",
    labelNames: ["status"],
    buckets: LONG,
    registers,
  });
  // Resolved once: there may be thousands of steps a second.
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

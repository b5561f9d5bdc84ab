/**
 * Metrics of the process, under the usual names for Node. Not prom-client's default metrics, which
 * measure the event loop all the time and so wake an idle process.
 */

import type { Registry } from "prom-client";
import type { LoopDelay } from "./loop-delay.ts";
import { addCounter, addGauge, single } from "./readings.ts";

const percentiles = { p50: 50, p90: 90, p99: 99, max: 100 } as const;

export function addProcessReadings(registry: Registry, delay: LoopDelay): void {
  for (const [name, help, read] of gauges) {
    addGauge(registry, { name, help, labels: [], read: () => single(read()) });
  }
  for (const [kind, read] of cpuTimes) {
    const name = `process_cpu_${kind}seconds_total`;
    const help = `Processor time of all threads${kind === "" ? "" : `, ${kind.slice(0, -1)}`}.`;
    addCounter(registry, { name, help, labels: [], read: () => single(read()) });
  }
  addGauge(registry, {
    name: "nodejs_version_info",
    help: "Node's version.",
    labels: ["version"],
    read: () => [[{ version: process.version }, 1]],
  });
  addLoopDelay(registry, delay);
}

const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
  [
    "process_start_time_seconds",
    "Start time of the process since the epoch.",
    () => (Date.now() - process.uptime() * 1_000) / 1_000,
  ],
  [
    "process_resident_memory_bytes",
    "Memory of the process, with all threads.",
    () => process.memoryUsage.rss(),
  ],
  [
    "nodejs_heap_size_used_bytes",
    "Heap in use of the main thread.",
    () => process.memoryUsage().heapUsed,
  ],
  [
    "nodejs_external_memory_bytes",
    "Memory outside the heap of the main thread.",
    () => process.memoryUsage().external,
  ],
];

const cpuTimes: readonly (readonly [kind: string, read: () => number])[] = [
  ["user_", () => process.cpuUsage().user / 1e6],
  ["system_", () => process.cpuUsage().system / 1e6],
  ["", () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6],
];

/** Reads all percentiles together, because reading resets the measurement. */
function addLoopDelay(registry: Registry, delay: LoopDelay): void {
  let delays: readonly number[] = [];
  for (const [n, name] of Object.keys(percentiles).entries()) {
    addGauge(registry, {
      name: `nodejs_eventloop_lag_${name}_seconds`,
      help: `Delay of the main thread's event loop since the last scrape, ${name}.`,
      labels: [],
      read: () => {
        if (n === 0) delays = delay.take(Object.values(percentiles));
        return single((delays[n] ?? 0) / 1_000);
      },
    });
  }
}

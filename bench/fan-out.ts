/**
 * What listeners cost: how many events a second reach 1, 100 and 1,000 of them, whether agents keep
 * their rhythm meanwhile, and how much memory listeners that do not read take. Listeners run in their
 * own process on the same machine.
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startFleet, steps } from "./fleet.ts";
import type { Heard } from "./listeners.ts";
import { type Measure, percentile, report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 200);
/** Milliseconds from the start of one step of an agent to the start of its next. */
const INTERVAL_MS = 100;
const WINDOW_MS = 5_000;
/** Listeners that read and that do not, by run. */
const RUNS = [
  { readers: 1, stuck: 0 },
  { readers: 100, stuck: 0 },
  { readers: 1_000, stuck: 0 },
  { readers: 100, stuck: 900 },
] as const;
/** Greatest ratio of the time between two steps of the fleet with listeners to the time without. */
const RHYTHM_RATIO_MAX = 1.05;
/** MiB that listeners that do not read may cost, all together. */
const STUCK_MIB_MAX = 128;

await using fleet = await startFleet();
const { troupe } = fleet;
const stepped = steps(troupe, AGENTS);
await troupe.queue.append(
  Array.from({ length: AGENTS }, (_, n) => ({
    action: "create_agent",
    actor: "bench",
    agent_id: `probe${n}`,
    payload: {
      agent_id: `probe${n}`,
      agent_type: "probe",
      config: { interval_ms: INTERVAL_MS },
    },
  })),
);
await stepped;

const alone = await measure();
const measures: Measure[] = [
  { what: `${AGENTS} agents, no listeners`, value: alone.stepsPerSecond, unit: "steps/s" },
  { what: "main thread, no listeners", value: alone.mainPercent, unit: "% of a core" },
];
for (const { readers, stuck } of RUNS) {
  const name = `${readers} listeners${stuck > 0 ? `, ${stuck} more that do not read` : ""}`;
  const rssBefore = process.memoryUsage.rss();
  const listeners = await startListeners(readers, stuck);
  const found = await measure(listeners);
  const grownMib = (process.memoryUsage.rss() - rssBefore) / 2 ** 20;
  listeners.kill();
  await once(listeners, "exit");
  measures.push(
    { what: `${name}: heard`, value: found.eventsPerSecond, unit: "events/s" },
    { what: `${name}: delay, median`, value: percentile(found.delaysMs, 0.5), unit: "ms" },
    { what: `${name}: delay, p99`, value: percentile(found.delaysMs, 0.99), unit: "ms" },
    { what: `${name}: gaps`, value: found.gaps, unit: "" },
    { what: `${name}: main thread`, value: found.mainPercent, unit: "% of a core" },
    {
      what: `${name}: agents' rhythm, with and without`,
      value: 1_000 / found.stepsPerSecond,
      unit: "ms a step",
      limit: 1_000 / alone.stepsPerSecond,
      aim: RHYTHM_RATIO_MAX,
    },
    {
      what: `${name}: memory`,
      value: grownMib,
      unit: "MiB",
      ...(stuck > 0 ? { limit: STUCK_MIB_MAX, aim: 1 } : {}),
    },
  );
}
report("fan-out", measures);

interface Found {
  readonly stepsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly gaps: number;
  readonly delaysMs: readonly number[];
  readonly mainPercent: number;
}

async function measure(listeners?: ChildProcess): Promise<Found> {
  let stepCount = 0;
  let last: Heard = { events: 0, bytes: 0, gaps: 0, delaysMs: [] };
  const delaysMs: number[] = [];
  listeners?.on("message", (heard: Heard) => {
    last = heard;
    delaysMs.push(...heard.delaysMs);
  });
  if (listeners !== undefined) await delay(1_000);
  const before = last.events;
  using _subscription = troupe.events.subscribe(({ type }) => {
    if (type === "agent.step") stepCount += 1;
  });
  const loop = performance.eventLoopUtilization();
  const begun = performance.now();
  await delay(WINDOW_MS);
  const seconds = (performance.now() - begun) / 1_000;
  const { utilization } = performance.eventLoopUtilization(loop);
  return {
    stepsPerSecond: stepCount / seconds,
    eventsPerSecond: (last.events - before) / seconds,
    gaps: last.gaps,
    delaysMs,
    mainPercent: 100 * utilization,
  };
}

async function startListeners(readers: number, stuck: number): Promise<ChildProcess> {
  const { url, token } = troupe.server;
  const file = fileURLToPath(new URL("./listeners.ts", import.meta.url));
  const args = [`${url}/api/events`, token, String(readers), String(stuck)];
  const child = fork(file, args, { execArgv: [] });
  await once(child, "message");
  return child;
}

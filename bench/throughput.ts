/**
 * What the fleet sustains: steps of agents that never pause between two, and interrupts that are
 * enqueued, dispatched and processed; with the delay of main's event loop meanwhile.
 */

import { setTimeout as delay } from "node:timers/promises";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { watchLoop } from "./loop-watch.ts";
import { percentile, report } from "./report.ts";

const STEPPING_AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const STEERED_AGENTS = 500;
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 20);
/** Actions of one enqueue. */
const BATCH = 100;
/** Actions that may be in flight: two for each agent keep them busy, more would only wait longer. */
const UNDER_WAY_MAX = 1_000;
/** Aims: steps and actions a second at least, milliseconds at most. */
const STEPS_LEAST = 10_000;
const ACTIONS_LEAST = 6_000;
const LOOP_MS_MOST = 30;
const AGE_MS_MOST = 500;

const stepping = await measureSteps();
const steering = await measureActions();
report("throughput", [
  {
    what: `steps stored, ${STEPPING_AGENTS} agents`,
    value: stepping.perSecond,
    unit: "/s",
    least: STEPS_LEAST,
  },
  {
    what: "main's event loop meanwhile, p99",
    value: stepping.loopDelayMs,
    unit: "ms",
    most: LOOP_MS_MOST,
  },
  { what: "memory that grew meanwhile", value: stepping.grownMiB, unit: "MiB" },
  {
    what: `actions processed, ${STEERED_AGENTS} agents`,
    value: steering.perSecond,
    unit: "/s",
    least: ACTIONS_LEAST,
  },
  { what: "enqueue until handled, p50", value: steering.ageP50Ms, unit: "ms" },
  {
    what: "enqueue until handled, greatest",
    value: steering.ageMaxMs,
    unit: "ms",
    most: AGE_MS_MOST,
  },
  {
    what: "main's event loop meanwhile, p99",
    value: steering.loopDelayMs,
    unit: "ms",
    most: LOOP_MS_MOST,
  },
]);

async function measureSteps() {
  await using fleet = await startFleet();
  const { troupe } = fleet;
  await createAgents(troupe, STEPPING_AGENTS, "restless", { interval_ms: 0 });
  await delay(2_000);
  const rssBytes = process.memoryUsage.rss();
  let count = 0;
  using _subscription = troupe.events.subscribe(({ type }) => {
    if (type === "agent.step") count += 1;
  });
  using loop = watchLoop();
  const begun = performance.now();
  await delay(SECONDS * 1_000);
  const perSecond = (count / (performance.now() - begun)) * 1_000;
  const grownMiB = (process.memoryUsage.rss() - rssBytes) / 2 ** 20;
  return { perSecond, grownMiB, loopDelayMs: loop.p99Ms() };
}

async function measureActions() {
  await using fleet = await startFleet();
  const { troupe } = fleet;
  await createAgents(troupe, STEERED_AGENTS, "probe", { interval_ms: 3_600_000 });
  const enqueuedAt = new Map<string, number>();
  const ages: number[] = [];
  let processed = 0;
  let room = Promise.withResolvers<void>();
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type === "agent.guidance") {
      const at = Number(event.data.guidance["sentAt"]);
      ages.push(performance.timeOrigin + performance.now() - at);
    }
    if (event.type !== "action.processed") return;
    processed += 1;
    enqueuedAt.delete(event.data.id);
    if (enqueuedAt.size <= UNDER_WAY_MAX) room.resolve();
  });
  using loop = watchLoop();
  const begun = performance.now();
  for (let n = 0; performance.now() - begun < SECONDS * 1_000; n += BATCH) {
    const sentAt = performance.timeOrigin + performance.now();
    const ids = await troupe.queue.append(
      Array.from({ length: BATCH }, (_, k) => {
        const agent_id = `agent${(n + k) % STEERED_AGENTS}`;
        const payload = { agent_id, guidance: { sentAt } };
        return { action: "agent_interrupt", actor: "bench", agent_id, payload };
      }),
    );
    for (const id of ids) enqueuedAt.set(id, sentAt);
    if (enqueuedAt.size <= UNDER_WAY_MAX) continue;
    room = Promise.withResolvers();
    await room.promise;
  }
  const perSecond = (processed / (performance.now() - begun)) * 1_000;
  return {
    perSecond,
    ageP50Ms: percentile(ages, 0.5),
    ageMaxMs: percentile(ages, 1),
    loopDelayMs: loop.p99Ms(),
  };
}

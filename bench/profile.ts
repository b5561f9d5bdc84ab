/**
 * Where the processor's time goes, by kind of thread: for agents that are created, for interrupts that are
 * handled, and for steps that are stored. Needs Linux.
 */

import { setTimeout as delay } from "node:timers/promises";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { repeat } from "./measured-queue.ts";
import { type Measure, report } from "./report.ts";
import { readThreadTimes, spentBetween } from "./thread-times.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 500);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 10);
/** Interrupts on their way at the same time. */
const UNDER_WAY = 1_000;
const STEP_INTERVAL_MS = 100;
/** Kinds below this share of all are left out, in percent. */
const PERCENT_LEAST = 1;

if (process.platform === "linux") {
  report("profile", [
    ...(await profileCreates()),
    ...(await profileInterrupts()),
    ...(await profileSteps()),
  ]);
} else console.log("profile: skipped, because only Linux counts the time of each thread");

async function profileCreates(): Promise<readonly Measure[]> {
  await using fleet = await startFleet();
  return await profile("create until the first step is stored", async () => {
    await createAgents(fleet.troupe, AGENTS, "probe", { interval_ms: 3_600_000 });
    return AGENTS;
  });
}

async function profileInterrupts(): Promise<readonly Measure[]> {
  await using fleet = await startFleet();
  const { queue, events } = fleet.troupe;
  await createAgents(fleet.troupe, AGENTS, "probe", { interval_ms: 3_600_000 });
  const waiting = new Map<string, () => void>();
  /** Processed before their callers were answered. */
  const early = new Set<string>();
  using _subscription = events.subscribe((event) => {
    if (event.type !== "action.processed") return;
    const { id } = event.data;
    const resolve = waiting.get(id);
    if (resolve === undefined) early.add(id);
    else resolve();
    waiting.delete(id);
  });
  let n = 0;
  const interrupt = async () => {
    n += 1;
    const agent_id = `agent${n % AGENTS}`;
    const payload = { agent_id, guidance: { sentAt: 0 } };
    const action = { action: "agent_interrupt", actor: "bench", agent_id, payload };
    const [id = ""] = await queue.append([action]);
    if (early.delete(id)) return;
    await new Promise<void>((resolve) => waiting.set(id, resolve));
  };
  return await profile(`interrupt until processed, ${UNDER_WAY} at the same time`, async () => {
    const { results } = await repeat(UNDER_WAY, SECONDS, interrupt);
    return results.length;
  });
}

async function profileSteps(): Promise<readonly Measure[]> {
  await using fleet = await startFleet();
  const { troupe } = fleet;
  await createAgents(troupe, AGENTS, "restless", { interval_ms: STEP_INTERVAL_MS });
  let count = 0;
  using _subscription = troupe.events.subscribe(({ type }) => {
    if (type === "agent.step") count += 1;
  });
  return await profile("step until stored", async () => {
    count = 0;
    await delay(SECONDS * 1_000);
    return count;
  });
}

/** @param work resolves with how many times it did what is profiled */
async function profile(what: string, work: () => Promise<number>): Promise<readonly Measure[]> {
  const before = readThreadTimes();
  const begun = performance.now();
  const usage = process.cpuUsage();
  const count = await work();
  const { user, system } = process.cpuUsage(usage);
  const seconds = (performance.now() - begun) / 1_000;
  const allMs = (user + system) / 1_000;
  const known = spentBetween(before, readThreadTimes());
  const knownMs = known.reduce((sum, [, ms]) => sum + ms, 0);
  const spent = [...known, ["threads that ended", allMs - knownMs] as const];
  const shown = spent.filter(([, ms]) => (ms / allMs) * 100 >= PERCENT_LEAST);
  return [
    { what: `${what}: a second`, value: count / seconds, unit: "/s" },
    { what: `${what}: processor, each`, value: allMs / count, unit: "ms" },
    ...shown.map(([kind, ms]) => ({
      what: `  ${kind}`,
      value: ms / count,
      unit: "ms",
      limit: allMs / count,
    })),
  ];
}

/**
 * How long it takes to create N agents through the queue until all have stored their first step, and
 * how much memory each takes, compared with as many raw worker threads of an empty file in the same run.
 * Each side is measured in its own process, in turn, so that neither inherits the other's heap.
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { startFleet, steps } from "./fleet.ts";
import { endRawWorkers, startRawWorkers } from "./raw-workers.ts";
import { percentile, report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const ROUNDS = 3;
/** Greatest ratios to raw workers. */
const WALL_AIM = 1.4;
const MEMORY_AIM = 1.25;

interface Spawned {
  readonly wallMs: number;
  readonly bytesEach: number;
}

const [role] = process.argv.slice(2);
if (role === "agents") console.log(JSON.stringify(await spawnAgents()));
else if (role === "workers") console.log(JSON.stringify(await spawnWorkers()));
else compare();

function compare(): void {
  const rounds = Array.from({ length: ROUNDS }, () => ({
    raw: run("workers"),
    ours: run("agents"),
  }));
  const median = (read: (round: (typeof rounds)[number]) => number) =>
    percentile(rounds.map(read), 0.5);
  const wall = median(({ raw }) => raw.wallMs);
  const memory = median(({ raw }) => raw.bytesEach) / 2 ** 20;
  report("spawn", [
    { what: `${AGENTS} raw workers`, value: wall, unit: "ms" },
    {
      what: `${AGENTS} agents to their first stored step`,
      value: median(({ ours }) => ours.wallMs),
      unit: "ms",
      limit: wall,
      aim: WALL_AIM,
    },
    { what: "memory of a raw worker", value: memory, unit: "MiB" },
    {
      what: "memory of an agent",
      value: median(({ ours }) => ours.bytesEach) / 2 ** 20,
      unit: "MiB",
      limit: memory,
      aim: MEMORY_AIM,
    },
  ]);
}

function run(side: "agents" | "workers"): Spawned {
  const file = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, ["--expose-gc", file, side], { encoding: "utf8" });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Spawned;
}

async function spawnAgents(): Promise<Spawned> {
  await using fleet = await startFleet();
  const { troupe } = fleet;
  const requests = Array.from({ length: AGENTS }, (_, n) => ({
    action: "create_agent",
    actor: "bench",
    agent_id: `probe${n}`,
    payload: {
      agent_id: `probe${n}`,
      agent_type: process.env["BENCH_TYPE"] ?? "joke",
      config: { interval_ms: 3_600_000 },
    },
  }));
  return await measure(async () => {
    const stepped = steps(troupe, AGENTS);
    await troupe.queue.append(requests);
    await stepped;
  });
}

async function spawnWorkers(): Promise<Spawned> {
  let workers: readonly Worker[] = [];
  const spawned = await measure(async () => {
    workers = await startRawWorkers(AGENTS);
  });
  await endRawWorkers(workers);
  return spawned;
}

async function measure(work: () => Promise<void>): Promise<Spawned> {
  global.gc?.();
  const before = process.memoryUsage.rss();
  const begun = performance.now();
  await work();
  const wallMs = performance.now() - begun;
  return { wallMs, bytesEach: (process.memoryUsage.rss() - before) / AGENTS };
}

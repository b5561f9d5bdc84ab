/**
 * How long `agent_destroy` takes for an agent in an endless loop, from the enqueue until its row is
 * `stopped`, compared with the grace and with the termination of a raw worker in the same loop; and for
 * many agents that stop on request.
 */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { endRawWorkers, startRawWorkers } from "./raw-workers.ts";
import { percentile, report } from "./report.ts";

const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 20);
const COOPERATIVE_AGENTS = Number(process.env["BENCH_AGENTS"] ?? 100);
const GRACE_MS = 1_000;
/** Milliseconds that the queue and the commit of the row may add. */
const OVER_MS_MOST = 20;

await using fleet = await startFleet(undefined, { destroyTimeoutMs: String(GRACE_MS) });
const { troupe } = fleet;
const rawMs: number[] = [];
const busyMs: number[] = [];
for (let n = 0; n < SAMPLES; n += 1) {
  rawMs.push(await terminateBusyWorker());
  await createAgents(troupe, 1, "busy", { interval_ms: 0 }, `busy${n}-`);
  busyMs.push(await destroyAll([`busy${n}-0`]));
}
const rawTogetherMs = await endWorkersTogether();
await createAgents(troupe, COOPERATIVE_AGENTS, "probe", { interval_ms: 3_600_000 });
const togetherMs = await destroyAll(
  Array.from({ length: COOPERATIVE_AGENTS }, (_, n) => `agent${n}`),
);

const limit = GRACE_MS + percentile(rawMs, 0.5);
const most = limit + OVER_MS_MOST;
const many = COOPERATIVE_AGENTS;
report("stop", [
  { what: "terminate() of a busy raw worker, p50", value: percentile(rawMs, 0.5), unit: "ms" },
  { what: "terminate() of a busy raw worker, greatest", value: percentile(rawMs, 1), unit: "ms" },
  {
    what: "destroy of a busy agent until stopped, p50",
    value: percentile(busyMs, 0.5),
    unit: "ms",
    limit,
    most,
  },
  {
    what: "destroy of a busy agent until stopped, greatest",
    value: percentile(busyMs, 1),
    unit: "ms",
    limit,
    most,
  },
  {
    what: `${many} agents that sleep, destroyed at the same time`,
    value: togetherMs,
    unit: "ms",
    limit: rawTogetherMs,
  },
]);

async function terminateBusyWorker(): Promise<number> {
  const worker = new Worker(new URL("./busy-worker.js", import.meta.url));
  await once(worker, "message");
  const begun = performance.now();
  await worker.terminate();
  return performance.now() - begun;
}

async function endWorkersTogether(): Promise<number> {
  const workers = await startRawWorkers(COOPERATIVE_AGENTS);
  const begun = performance.now();
  await endRawWorkers(workers);
  return performance.now() - begun;
}

/** Milliseconds from one enqueue until the rows of all of them are `stopped`. */
async function destroyAll(agentIds: readonly string[]): Promise<number> {
  const left = new Set(agentIds);
  const { promise, resolve } = Promise.withResolvers<void>();
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type !== "agent.status" || event.data.status !== "stopped") return;
    left.delete(event.data.agent_id);
    if (left.size === 0) resolve();
  });
  const begun = performance.now();
  await troupe.queue.append(
    agentIds.map((agentId) => ({
      action: "agent_destroy",
      actor: "bench",
      agent_id: agentId,
      payload: { agent_id: agentId },
    })),
  );
  await promise;
  return performance.now() - begun;
}

/**
 * How long it takes from the call that enqueues an interrupt until the running agent receives it, from
 * this process and from another one, in an idle fleet and while many agents step, next to one sync of
 * the disk and one LanceDB append of one row in the same run.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "@lancedb/lancedb";
import { defined } from "../src/model/defined.ts";
import { openStore } from "../src/store/store.ts";
import { createAgents } from "./create-agents.ts";
import { measureSyncs } from "./disk-floor.ts";
import { interrupt, startFleet } from "./fleet.ts";
import { type Measure, percentile, report } from "./report.ts";

/** Agents that step meanwhile, each once in `INTERVAL_MS`. */
const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 500);
const INTERVAL_MS = 1_000;
const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 100);
/** Milliseconds between two interrupts, so that none waits for the one before. */
const PAUSE_MS = 150;
/** Milliseconds at most, in an idle fleet and while agents step. */
const IDLE_MOST = { p50: 0.7, p99: 3 };
const LOADED_MOST = { p50: 1.5 };
/** Greatest ratio to one append at its median. */
const ELSEWHERE_AIM = 3;

const synced = await measureSyncs({ samples: SAMPLES, pauseMs: PAUSE_MS });
const appends = await measureAppends();
const limit = percentile(appends, 0.5);
await using fleet = await startFleet();
const { troupe, location } = fleet;
await createAgents(troupe, 1, "probe", { interval_ms: 3_600_000 }, "probe");
const idle = await measureBoth("idle", IDLE_MOST);
await createAgents(troupe, AGENTS, "restless", { interval_ms: INTERVAL_MS }, "restless");
const loaded = await measureBoth(`${AGENTS} agents step`, LOADED_MOST);
const loadedAppends = await measureAppends();
report("dispatch-latency", [
  { what: "4 KB on the disk at the same pace, p50", value: synced.p50, unit: "ms" },
  { what: "4 KB on the disk at the same pace, p99", value: synced.p99, unit: "ms" },
  { what: "LanceDB append of one row, p50", value: limit, unit: "ms" },
  { what: "LanceDB append of one row, p99", value: percentile(appends, 0.99), unit: "ms" },
  ...idle,
  {
    what: `LanceDB append of one row, ${AGENTS} agents step, p50`,
    value: percentile(loadedAppends, 0.5),
    unit: "ms",
  },
  ...loaded,
]);

async function measureBoth(
  how: string,
  most: { readonly p50: number; readonly p99?: number },
): Promise<readonly Measure[]> {
  const here = await measure(sendHere);
  const elsewhere = await measure(sendElsewhere);
  const line = (what: string, took: readonly number[], fraction: number) => ({
    what: `${how}: ${what}`,
    value: percentile(took, fraction),
    unit: "ms",
    limit,
  });
  return [
    { ...line("enqueue here until received, p50", here, 0.5), most: most.p50 },
    { ...line("enqueue here until received, p99", here, 0.99), ...defined({ most: most.p99 }) },
    { ...line("from another process, p50", elsewhere, 0.5), aim: ELSEWHERE_AIM },
    line("from another process, p99", elsewhere, 0.99),
  ];
}

async function sendHere(): Promise<void> {
  for (let n = 0; n < SAMPLES; n += 1) {
    await interrupt(troupe, "probe0", { sentAt: now() });
    await delay(PAUSE_MS);
  }
}

async function sendElsewhere(): Promise<void> {
  const file = fileURLToPath(new URL("./foreign-interrupts.ts", import.meta.url));
  const child = spawn(process.execPath, [file, location, String(SAMPLES), String(PAUSE_MS)], {
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
}

/** Runs `send` and collects the time of each interrupt, as reported by the agent. */
async function measure(send: () => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type !== "agent.step" || event.data.agent_id !== "probe0") return;
    took.push(Number(event.data.result));
    if (took.length === SAMPLES) resolve();
  });
  await send();
  await promise;
  return took;
}

/** Appends of one action to a table like the queue, through LanceDB alone, at the pace of the interrupts. */
async function measureAppends(): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  await (await openStore({ location: folder })).close();
  const table = await (await connect(folder)).openTable("queue");
  const payload = JSON.stringify({ agent_id: "probe0", guidance: { sentAt: now() } });
  const action = { action: "agent_interrupt", agent_id: "probe0", actor: "bench", payload };
  const took: number[] = [];
  for (let n = 0; n < SAMPLES; n += 1) {
    const row = { ...action, id: `${n}`.padStart(36), created_at: Date.now(), processed: false };
    const begun = performance.now();
    await table.add([row]);
    took.push(performance.now() - begun);
    await delay(PAUSE_MS);
  }
  table.close();
  await rm(folder, { recursive: true });
  return took;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * How long from the call that enqueues an interrupt until the running agent sees it, from this
 * process and from another one, beside one LanceDB append of one row in the same run.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "@lancedb/lancedb";
import type { Troupe } from "../dist/main.js";
import { openStore } from "../src/store/store.ts";
import { startFleet, steps } from "./fleet.ts";
import { percentile, report } from "./report.ts";

const SAMPLES = 100;
/** Milliseconds between two interrupts, so that each finds an idle fleet. */
const PAUSE_MS = 150;

const appends = await measureAppends();
await using fleet = await startFleet();
const { troupe, location } = fleet;
const ready = steps(troupe, 1);
await troupe.queue.agentCreate("probe1", "bench", {
  agentType: "probe",
  config: { interval_ms: 3_600_000 },
});
await ready;

const here = await measure(troupe, async () => {
  for (let n = 0; n < SAMPLES; n += 1) {
    await troupe.queue.agentInterrupt("probe1", "bench", { sentAt: now() });
    await delay(PAUSE_MS);
  }
});
const elsewhere = await measure(troupe, async () => {
  const file = fileURLToPath(new URL("./foreign-interrupts.ts", import.meta.url));
  const child = spawn(process.execPath, [file, location, String(SAMPLES), String(PAUSE_MS)], {
    stdio: "inherit",
  });
  await once(child, "exit");
});

const limit = percentile(appends, 0.5);
report("dispatch-latency", [
  { what: "LanceDB append of one row, p50", value: limit, unit: "ms" },
  { what: "LanceDB append of one row, p99", value: percentile(appends, 0.99), unit: "ms" },
  { what: "enqueue here until seen, p50", value: percentile(here, 0.5), unit: "ms", limit, aim: 3 },
  { what: "enqueue here until seen, p99", value: percentile(here, 0.99), unit: "ms", limit },
  { what: "from another process, p50", value: percentile(elsewhere, 0.5), unit: "ms", limit },
  { what: "from another process, p99", value: percentile(elsewhere, 0.99), unit: "ms", limit },
]);

/** Runs `send` and collects what the agent says each interrupt took. */
async function measure(fleetParts: Troupe, send: () => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _subscription = fleetParts.events.subscribe((event) => {
    if (event.type !== "agent.step" || event.data.result === null) return;
    took.push(Number(event.data.result));
    if (took.length === SAMPLES) resolve();
  });
  await send();
  await promise;
  return took;
}

/** Appends of one action to a table like the queue, through LanceDB alone. */
async function measureAppends(): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  await (await openStore({ location: folder })).close();
  const table = await (await connect(folder)).openTable("queue");
  const payload = JSON.stringify({ agent_id: "probe1", guidance: { sentAt: now() } });
  const action = { action: "agent_interrupt", agent_id: "probe1", actor: "bench", payload };
  const took: number[] = [];
  for (let n = 0; n < SAMPLES; n += 1) {
    const row = { ...action, id: `${n}`.padStart(36), created_at: Date.now(), processed: false };
    const begun = performance.now();
    await table.add([row]);
    took.push(performance.now() - begun);
    await delay(PAUSE_MS / 10);
  }
  table.close();
  await rm(folder, { recursive: true });
  return took;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

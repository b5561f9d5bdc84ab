/**
 * Whether compaction slows the queue: how long an interrupt takes until the agent receives it, in a
 * database with much history, while nothing is compacted and during one compaction after another.
 */

import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../dist/index.js";
import { newActionId } from "../src/model/ids.ts";
import { toRow } from "../src/queue/enqueue.ts";
import { openStore } from "../src/store/store.ts";
import { createAgents } from "./create-agents.ts";
import { interrupt, startFleet } from "./fleet.ts";
import { percentile, report } from "./report.ts";

const HISTORY = Number(process.env["BENCH_ACTIONS"] ?? 200_000);
const SAMPLES = 150;
const PAUSE_MS = 40;

await using fleet = await startFleet(fillHistory);
const { troupe } = fleet;
await createAgents(troupe, 1, "probe", { interval_ms: 3_600_000 });
await using client = connect(troupe.server.url, { token: troupe.server.token });
await client.databaseCompact();
const without = await measure();
let isMeasuring = true;
let compactions = 0;
const compacting = (async () => {
  while (isMeasuring) {
    await client.databaseCompact();
    compactions += 1;
  }
})();
const during = await measure();
isMeasuring = false;
await compacting;

const p50 = percentile(without, 0.5);
const p99 = percentile(without, 0.99);
report("janitor", [
  { what: `enqueue until received, ${HISTORY} actions of history, p50`, value: p50, unit: "ms" },
  { what: "the same, p99", value: p99, unit: "ms" },
  { what: "while compacting, p50", value: percentile(during, 0.5), unit: "ms", limit: p50 },
  {
    what: "while compacting, p99",
    value: percentile(during, 0.99),
    unit: "ms",
    limit: p99,
    aim: 2,
  },
  { what: "compactions meanwhile", value: compactions, unit: "" },
]);

async function measure(): Promise<number[]> {
  const took: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type !== "agent.step" || event.data.result === null) return;
    took.push(Number(event.data.result));
    if (took.length === SAMPLES) resolve();
  });
  for (let n = 0; n < SAMPLES; n += 1) {
    const sentAt = performance.timeOrigin + performance.now();
    await interrupt(troupe, "agent0", { sentAt });
    await delay(PAUSE_MS);
  }
  await promise;
  return took;
}

/** Processed actions, as after a long run of a fleet. */
async function fillHistory(location: string): Promise<void> {
  await using store = await openStore({ location });
  const at = Date.now();
  for (let done = 0; done < HISTORY; done += 10_000) {
    const rows = Array.from({ length: Math.min(10_000, HISTORY - done) }, (_, n) => ({
      id: newActionId(),
      action: "agent_interrupt",
      agent_id: `old${n % 1_000}`,
      actor: "bench",
      payload: { agent_id: `old${n % 1_000}`, guidance: { subject: "dogs" } },
    }));
    await store.queue.append(rows.map((row) => toRow(row, at)));
    const ack = { outcome: "done", error: null, attempts: 0, processed_at: at } as const;
    await store.queue.ack(rows.map(({ id }) => ({ id, ...ack })));
  }
}

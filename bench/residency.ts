/**
 * What agents cost that rest without a thread: the start of a process that has many of them, its memory and
 * processor time, and the time from an interrupt until the step that it wakes an agent for.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Troupe } from "../dist/main.js";
import { type AgentId, parseAgentId } from "../src/model/ids.ts";
import { openStore } from "../src/store/store.ts";
import { newAgentRow } from "../src/supervisor/new-agent-row.ts";
import { interrupt, startFleet } from "./fleet.ts";
import { percentile, report } from "./report.ts";
import { measureProcessor } from "./thread-times.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 100_000);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 20);
const WOKEN = Number(process.env["BENCH_WOKEN"] ?? 200);
const TOGETHER = Number(process.env["BENCH_TOGETHER"] ?? 1_000);
const RESULTS = 20;
/** Rows that are recorded at the same time while the database is filled. */
const ROWS_AT_ONCE = 2_000;

const ids = Array.from({ length: AGENTS }, (_, n) => parseAgentId(`agent${n}`));
let begun = 0;
await using fleet = await startFleet(
  async (location) => {
    await fill(location);
    begun = performance.now();
  },
  { idleMs: "1000" },
);
const startMs = performance.now() - begun;
const { troupe } = fleet;
await delay(5_000);
const bytes = residentBytes();
const percentOfCore = await measureProcessor(SECONDS);
const wakes: number[] = [];
for (const id of ids.slice(0, WOKEN)) wakes.push(await wake(troupe, id));
const together = await wakeTogether(troupe, ids.slice(-TOGETHER));
report("residency", [
  { what: `start with ${AGENTS} resting agents`, value: startMs / 1_000, unit: "s", most: 10 },
  { what: "memory of the process", value: bytes / 2 ** 20, unit: "MiB", most: 3_072 },
  {
    what: "processor time while nothing happens",
    value: percentOfCore,
    unit: "% of a core",
    most: 2,
  },
  { what: "interrupt until its step, median", value: percentile(wakes, 0.5), unit: "ms", most: 50 },
  { what: "  99 %", value: percentile(wakes, 0.99), unit: "ms" },
  {
    what: `${TOGETHER} interrupts at the same time until all steps`,
    value: together / 1_000,
    unit: "s",
    most: 60,
  },
]);

/** As steps of an earlier process have left them. */
async function fill(location: string): Promise<void> {
  await using store = await openStore({ location, janitor: {} });
  for (let first = 0; first < AGENTS; first += ROWS_AT_ONCE) {
    const rows = ids.slice(first, first + ROWS_AT_ONCE).map(rowOf);
    await Promise.all(rows.map((row) => store.agents.record(row)));
  }
  await store.compact();
}

function rowOf(id: AgentId) {
  const row = newAgentRow(id, { agentType: "waiter", subject: "cats", config: {} }, 1);
  const history = Array.from({ length: RESULTS }, (_, n) => ({
    iteration: n + 1,
    subject: "cats",
    result: `A joke of about the length that a model tells, number ${n}, of ${id}.`,
    at: Date.now(),
  }));
  const place = { status: "running", generation: 1, iteration: RESULTS } as const;
  return { ...row, ...place, history, next_on: "guidance" as const };
}

async function wake(troupe: Troupe, id: AgentId): Promise<number> {
  const stepped = Promise.withResolvers<void>();
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type === "agent.step" && String(event.agent_id) === String(id)) stepped.resolve();
  });
  const sent = performance.now();
  await interrupt(troupe, id, {});
  await stepped.promise;
  return performance.now() - sent;
}

async function wakeTogether(troupe: Troupe, woken: readonly AgentId[]): Promise<number> {
  const sent = performance.now();
  await Promise.all(woken.map((id) => wake(troupe, id)));
  return performance.now() - sent;
}

function residentBytes(): number {
  global.gc?.();
  return process.memoryUsage.rss();
}

/**
 * Whether agents keep their rhythm while the fleet is used: how late each step of many agents starts,
 * measured against that agent's own rhythm, while agents are created, interrupted and read; compared with
 * plain timers in the same run.
 */

import { setTimeout as delay } from "node:timers/promises";
import { createAgents, creation } from "./create-agents.ts";
import { interrupt, startFleet } from "./fleet.ts";
import { percentile, report } from "./report.ts";
import { startReads } from "./steady-reads.ts";
import { watchTimerHere, watchTimerInWorker } from "./timer-lateness.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 30);
const INTERVAL_MS = 1_000;
const rhythm = { interval_ms: INTERVAL_MS, rhythm_ms: INTERVAL_MS };
/** Until the load of the fleet's start is over. */
const SETTLE_MS = 5_000;
const CREATE_EVERY_MS = 333;
const INTERRUPT_EVERY_MS = 20;
const READ_EVERY_MS = 500;
const LATE_MS_MOST = 50;

await using fleet = await startFleet();
const { troupe } = fleet;
await createAgents(troupe, AGENTS, "restless", rhythm);
await delay(SETTLE_MS);

const alone = await measure(async () => undefined);
const used = await measure(use);
const limit = percentile(used.workerTimerMs, 0.99);
report("rhythm", [
  { what: `steps of ${AGENTS} agents, no other load`, value: alone.perSecond, unit: "/s" },
  { what: "  late with no other load, p50", value: percentile(alone.lateMs, 0.5), unit: "ms" },
  {
    what: "  late with no other load, p99",
    value: percentile(alone.lateMs, 0.99),
    unit: "ms",
    limit: percentile(alone.workerTimerMs, 0.99),
    most: LATE_MS_MOST,
  },
  { what: "while it is used: timer of a raw worker, late, p99", value: limit, unit: "ms" },
  {
    what: "  timer of the main thread, late, p99",
    value: percentile(used.mainTimerMs, 0.99),
    unit: "ms",
    limit,
  },
  { what: "  steps", value: used.perSecond, unit: "/s" },
  { what: "  late, p50 of all steps", value: percentile(used.lateMs, 0.5), unit: "ms" },
  {
    what: "  late, p99 of all steps",
    value: percentile(used.lateMs, 0.99),
    unit: "ms",
    limit,
    most: LATE_MS_MOST,
  },
  { what: "  late, greatest", value: percentile(used.lateMs, 1), unit: "ms" },
  { what: "  interrupts", value: used.done.interrupts / SECONDS, unit: "/s" },
  { what: "  creates", value: used.done.creates / SECONDS, unit: "/s" },
  { what: "  reads", value: used.done.readsMs.length / SECONDS, unit: "/s" },
  { what: "  a read, p99", value: percentile(used.done.readsMs, 0.99), unit: "ms" },
]);

/** Watches steps and timers for a while, and runs `meanwhile` at the same time. */
async function measure<T>(meanwhile: (until: number) => Promise<T>) {
  const lateMs: number[] = [];
  let stepCount = 0;
  using _subscription = troupe.events.subscribe((event) => {
    if (event.type !== "agent.step" || !event.data.agent_id.startsWith("agent")) return;
    stepCount += 1;
    const late = Number(event.data.result);
    // Steps that guidance brought forward are not late.
    if (late >= 0) lateMs.push(late);
  });
  const [inMain, inWorker] = [watchTimerHere(), watchTimerInWorker()];
  const until = performance.now() + SECONDS * 1_000;
  const [done] = await Promise.all([meanwhile(until), delay(SECONDS * 1_000)]);
  const perSecond = stepCount / SECONDS;
  const [mainTimerMs, workerTimerMs] = [await inMain.end(), await inWorker.end()];
  return { lateMs, perSecond, mainTimerMs, workerTimerMs, done };
}

async function use(until: number) {
  const { url, token } = troupe.server;
  const paths = ["/api/agents?limit=1000", "/metrics"];
  const reads = startReads({ url, token, paths, everyMs: READ_EVERY_MS });
  const [creates, interrupts] = await Promise.all([
    repeat(until, CREATE_EVERY_MS, (n) =>
      troupe.queue.append([creation(`new${n}`, "restless", rhythm)]),
    ),
    repeat(until, INTERRUPT_EVERY_MS, () => {
      const agentId = `agent${Math.floor(Math.random() * AGENTS)}`;
      return interrupt(troupe, agentId, { subject: "rhythm" });
    }),
  ]);
  return { creates, interrupts, readsMs: await reads.end() };
}

/** Calls at a steady rate, however long each takes. Resolves with their number. */
async function repeat(until: number, everyMs: number, act: (n: number) => Promise<unknown>) {
  const acts: Promise<unknown>[] = [];
  for (let dueAt = performance.now(); dueAt < until; dueAt += everyMs) {
    await delay(Math.max(0, dueAt - performance.now()));
    acts.push(act(acts.length));
  }
  await Promise.all(acts);
  return acts.length;
}

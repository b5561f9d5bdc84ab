/**
 * How long it takes to get the file and line of an agent that hangs among many, and whether the others
 * keep their rhythm meanwhile: while nothing is asked, while its stack is asked for each second, and while a
 * profile of it is taken, in turns, because a machine's load changes. The watchdog has asked before.
 */

import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../src/index.ts";
import { placeFrame } from "../src/model/agent-inside.ts";
import { createAgents, creation } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { percentile, report } from "./report.ts";
import { watchTimerInWorker } from "./timer-lateness.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 10);
const ROUNDS = 3;
const rhythm = { interval_ms: 1_000, rhythm_ms: 1_000 };
/** Until the load of the fleet's start is over, and the watchdog has read the stack. */
const SETTLE_MS = 5_000;
const ASK_EVERY_MS = 1_000;
/** Milliseconds after which file and line should be there, and that others may be later. */
const PLACE_MS_MOST = 500;
const LATER_MS_MOST = 2;

await using fleet = await startFleet();
const { troupe } = fleet;
const { url, token } = troupe.server;
const client = connect(url, { token });

const { promise: told, resolve: tell } = Promise.withResolvers<number>();
using _subscription = troupe.events.subscribe(({ type, time, data }) => {
  if (type === "agent.unresponsive" && data.frames !== null) tell(time - data.since);
});
await createAgents(troupe, AGENTS - 1, "restless", rhythm);
await delay(SETTLE_MS);
await troupe.queue.append([creation("hung", "busy", {})]);
const toldMs = await told;
await delay(SETTLE_MS);

interface Measured {
  readonly lateMs: number[];
  readonly timerMs: number[];
  readonly tookMs: number[];
}
const none = (): Measured => ({ lateMs: [], timerMs: [], tookMs: [] });
const [before, asked, profiled] = [none(), none(), none()];
for (let round = 0; round < ROUNDS; round += 1) {
  await measure(before, async () => []);
  await measure(asked, askForStacks);
  await measure(profiled, takeProfile);
}
const lateBefore = percentile(before.lateMs, 0.99);
const most = lateBefore + LATER_MS_MOST;
report("look-inside", [
  { what: "an agent falls silent until its place is reported", value: toldMs, unit: "ms" },
  { what: "its place on request, p50", value: percentile(asked.tookMs, 0.5), unit: "ms" },
  {
    what: "  greatest",
    value: percentile(asked.tookMs, 1),
    unit: "ms",
    most: PLACE_MS_MOST,
  },
  { what: `steps of ${AGENTS - 1} others, late, p99: before`, value: lateBefore, unit: "ms" },
  { what: "  a worker's timer then, p99", value: percentile(before.timerMs, 0.99), unit: "ms" },
  { what: "  while stacks are read", value: percentile(asked.lateMs, 0.99), unit: "ms", most },
  { what: "  a worker's timer then, p99", value: percentile(asked.timerMs, 0.99), unit: "ms" },
  {
    what: "  while a profile is taken",
    value: percentile(profiled.lateMs, 0.99),
    unit: "ms",
    most,
  },
  { what: "  a worker's timer then, p99", value: percentile(profiled.timerMs, 0.99), unit: "ms" },
]);

/** Adds the lateness of the others' steps, and of a plain worker's timer, while something is done. */
async function measure(
  into: Measured,
  meanwhile: (until: number) => Promise<readonly number[]>,
): Promise<void> {
  using _steps = troupe.events.subscribe((event) => {
    if (event.type === "agent.step") into.lateMs.push(Number(event.data.result));
  });
  const timer = watchTimerInWorker();
  const until = performance.now() + SECONDS * 1_000;
  const [tookMs] = await Promise.all([meanwhile(until), delay(SECONDS * 1_000)]);
  into.tookMs.push(...tookMs);
  into.timerMs.push(...(await timer.end()));
}

async function takeProfile(): Promise<readonly number[]> {
  await client.inside("hung", "cpu-profile", { seconds: SECONDS - 1 });
  return [];
}

/** Milliseconds of each question, by REST. */
async function askForStacks(until: number): Promise<readonly number[]> {
  const tookMs: number[] = [];
  while (performance.now() < until) {
    const begun = performance.now();
    const { frames } = await client.inside("hung", "stack");
    if (placeFrame(frames)?.file.endsWith("busy.js") !== true) throw new Error("no place");
    tookMs.push(performance.now() - begun);
    await delay(ASK_EVERY_MS);
  }
  return tookMs;
}

/**
 * What the watchdog costs while nothing happens: the processor time of the whole process, agents' threads
 * included, with many watchdogs over an idle fleet, minus the time with only its own, divided by their
 * number.
 */

import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { EventBus } from "../src/event-bus.ts";
import { Watchdog } from "../src/supervisor/guard/watchdog.ts";
import { startFleet, steps } from "./fleet.ts";
import { percentile, report } from "./report.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 300);
/** Agents that the result is scaled to, and percent of a core that they may cost. */
const SCALE = 1_000;
const PERCENT_MAX = 1;
/** Watchdogs in addition to the fleet's own: one alone would be lost in the noise. */
const WATCHDOGS = 10;
const WINDOW_MS = 5_000;
const ROUNDS = 3;
/** Until then the memory of every thread has been sampled once. */
const WARM_UP_MS = 12_000;

type Watched = ConstructorParameters<typeof Watchdog>[0]["supervisor"];

await using fleet = await startFleet();
const { troupe } = fleet;
const stepped = steps(troupe, AGENTS);
const config = { interval_ms: 3_600_000 };
await troupe.queue.append(
  Array.from({ length: AGENTS }, (_, n) => ({
    action: "create_agent",
    actor: "bench",
    agent_id: `probe${n}`,
    payload: { agent_id: `probe${n}`, agent_type: "probe", config },
  })),
);
await stepped;

const alone: number[] = [];
const many: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  await delay(round === 0 ? WARM_UP_MS : 0);
  alone.push(await percentOfCore());
  const watchdogs = startWatchdogs();
  await delay(WARM_UP_MS);
  many.push(await percentOfCore());
  for (const watchdog of watchdogs) watchdog[Symbol.dispose]();
}
const each = (percentile(many, 0.5) - percentile(alone, 0.5)) / WATCHDOGS;
report("watchdog", [
  { what: `idle process, ${AGENTS} agents`, value: percentile(alone, 0.5), unit: "% of a core" },
  { what: `with ${WATCHDOGS} more watchdogs`, value: percentile(many, 0.5), unit: "% of a core" },
  { what: `one watchdog, ${AGENTS} agents`, value: each, unit: "% of a core" },
  {
    what: `one watchdog, scaled to ${SCALE} agents`,
    value: (each * SCALE) / AGENTS,
    unit: "% of a core",
    limit: PERCENT_MAX,
    aim: 1,
  },
]);

function startWatchdogs(): readonly Watchdog[] {
  const log = pino({ level: "silent" });
  // Built and source classes differ only in their types.
  const supervisor = troupe.supervisor as unknown as Watched;
  const inspector = {
    stackOf: () => Promise.reject(new Error("nobody is silent")),
  };
  return Array.from({ length: WATCHDOGS }, () => {
    const watchdog = new Watchdog({ supervisor, events: new EventBus(), inspector, log });
    watchdog.start();
    return watchdog;
  });
}

async function percentOfCore(): Promise<number> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await delay(WINDOW_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - begun);
}

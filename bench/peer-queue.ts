/**
 * Troupe's queue beside BullMQ on Redis, which syncs its log once a second or before each answer, in one
 * run. Ends with one line if there is no `redis-server`.
 */

import { spawnSync } from "node:child_process";
import { type AppendSync, openBullQueue } from "./bull-queue.ts";
import { measureQueue, type QueueFigures } from "./measured-queue.ts";
import { type Measure, report } from "./report.ts";
import { openTroupeQueue } from "./troupe-queue.ts";

if (spawnSync("redis-server", ["--version"]).error === undefined) await compare();
else console.log("peer-queue: skipped, because there is no redis-server");

async function compare(): Promise<void> {
  const everySecond = await measureBull("everysec");
  const always = await measureBull("always");
  await using troupe = await openTroupeQueue();
  const ours = await measureQueue(troupe);
  report("peer-queue", [
    ...toMeasures("BullMQ, Redis syncs every second", everySecond),
    ...toMeasures("BullMQ, Redis syncs always", always),
    ...toMeasures("Troupe", ours, everySecond),
  ]);
}

async function measureBull(sync: AppendSync): Promise<QueueFigures> {
  await using queue = await openBullQueue(sync);
  return await measureQueue(queue);
}

/** @param limits of the peer, which is to be beaten */
function toMeasures(name: string, found: QueueFigures, limits?: QueueFigures): readonly Measure[] {
  const atMost = (key: keyof QueueFigures, what: string): Measure => ({
    what: `${name}: ${what}`,
    value: found[key],
    unit: "ms",
    ...(limits && { limit: limits[key], aim: 1 }),
  });
  const atLeast = (key: keyof QueueFigures, what: string): Measure => ({
    what: `${name}: ${what}`,
    value: found[key],
    unit: "/s",
    ...(limits && { limit: limits[key], aimLeast: 1 }),
  });
  return [
    atMost("oneP50Ms", "one caller until received, p50"),
    atMost("oneP99Ms", "one caller until received, p99"),
    atLeast("waitingPerSecond", "64 callers who wait until received"),
    atMost("waitingP99Ms", "  p99"),
    atLeast("singlesPerSecond", "durable single entries, 64 callers"),
    atLeast("bulkPerSecond", "entries by the thousand"),
  ];
}

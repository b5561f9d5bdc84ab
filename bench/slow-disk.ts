/**
 * The queue on a disk whose every sync takes 10 ms, as volumes of clouds do, compared with this machine's
 * disk: whether main's event loop waits for it, and what callers get. Needs a C compiler.
 */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSyncProbe, countedSyncs, readSyncCount } from "../test/support/sync-probe.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { measureQueue, type QueueFigures } from "./measured-queue.ts";
import { report } from "./report.ts";
import { openTroupeQueue } from "./troupe-queue.ts";

const DELAY_MS = 10;
const LOOP_MS_MOST = 20;

if (process.argv[2] === "fleet") console.log(JSON.stringify(await measureFleet()));
else await compare();

async function compare(): Promise<void> {
  await using folder = await makeTempFolder();
  const library = buildSyncProbe(folder.path);
  if (library === undefined) {
    console.log("slow-disk: skipped, because this machine has no C compiler");
    return;
  }
  const fast = run(library, join(folder.path, "fast"), 0);
  const slow = run(library, join(folder.path, "slow"), DELAY_MS);
  const callers = "64 callers who wait until received";
  report("slow-disk", [
    { what: "syncs, this disk", value: fast.syncs, unit: "" },
    { what: `syncs, each takes ${DELAY_MS} ms`, value: slow.syncs, unit: "" },
    {
      what: "one caller until received, p50",
      value: slow.oneP50Ms,
      unit: "ms",
      limit: DELAY_MS + fast.oneP50Ms,
    },
    { what: callers, value: slow.waitingPerSecond, unit: "/s", limit: fast.waitingPerSecond },
    { what: "  p99", value: slow.waitingP99Ms, unit: "ms", limit: fast.waitingP99Ms },
    {
      what: "  main's event loop meanwhile, p99",
      value: slow.loopP99Ms,
      unit: "ms",
      limit: fast.loopP99Ms,
      most: LOOP_MS_MOST,
    },
    {
      what: "durable single entries, 64 callers",
      value: slow.singlesPerSecond,
      unit: "/s",
      limit: fast.singlesPerSecond,
    },
    {
      what: "durable entries by the thousand",
      value: slow.bulkPerSecond,
      unit: "/s",
      limit: fast.bulkPerSecond,
    },
  ]);
}

function run(library: string, count: string, delayMs: number) {
  const args = ["--expose-gc", fileURLToPath(import.meta.url), "fleet"];
  const env = { ...process.env, ...countedSyncs(library, count, delayMs) };
  const output = execFileSync(process.execPath, args, { encoding: "utf8", env });
  const found = JSON.parse(output.trim().split("\n").at(-1) ?? "") as QueueFigures;
  return { ...found, syncs: readSyncCount(count) };
}

async function measureFleet(): Promise<QueueFigures> {
  await using queue = await openTroupeQueue();
  return await measureQueue(queue);
}

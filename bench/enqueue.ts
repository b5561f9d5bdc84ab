/**
 * What callers in this process get from the queue: durable entries, and entries that an agent's code has;
 * with what the disk, SQLite and LanceDB allow in the same run.
 */

import { measureGroupCommits, measureLanceAppends, measureSyncs } from "./disk-floor.ts";
import { measureQueue } from "./measured-queue.ts";
import { report } from "./report.ts";
import { openTroupeQueue } from "./troupe-queue.ts";

const syncs = await measureSyncs();
const groupCommits = await measureGroupCommits();
const appends = await measureLanceAppends();
await using queue = await openTroupeQueue();
const found = await measureQueue(queue);
const perSecond = "/s";
report("enqueue", [
  { what: "fdatasync of 4 KB, p50", value: syncs.p50, unit: "ms" },
  { what: "fdatasync of 4 KB, p99", value: syncs.p99, unit: "ms" },
  { what: "SQLite, synced, 64 callers", value: groupCommits, unit: perSecond },
  { what: "LanceDB append of 1,000 rows, not synced, rows", value: appends, unit: perSecond },
  {
    what: "one caller until received, p50",
    value: found.oneP50Ms,
    unit: "ms",
    limit: syncs.p50,
    most: 0.7,
  },
  {
    what: "one caller until received, p99",
    value: found.oneP99Ms,
    unit: "ms",
    limit: syncs.p99,
    most: 3,
  },
  {
    what: "64 callers who wait until received",
    value: found.waitingPerSecond,
    unit: perSecond,
    least: 6_000,
  },
  { what: "  p99", value: found.waitingP99Ms, unit: "ms", most: 25 },
  {
    what: "durable single entries, 64 callers",
    value: found.singlesPerSecond,
    unit: perSecond,
    limit: groupCommits,
    least: 60_000,
  },
  {
    what: "durable entries by the thousand",
    value: found.bulkPerSecond,
    unit: perSecond,
    limit: appends,
    least: 100_000,
  },
]);

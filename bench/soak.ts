/**
 * A million actions and three million steps through one database, as fast as possible: whether files,
 * bytes, memory and the time of a commit stay constant. Writes an SVG next to its JSON.
 *
 * `BENCH_ACTIONS` and `BENCH_STEPS` make it shorter.
 */

import { cp, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@lancedb/lancedb";
import { createAgents } from "./create-agents.ts";
import { interrupt, startFleet } from "./fleet.ts";
import { lineChart } from "./line-chart.ts";
import { percentile, report, resultPlace } from "./report.ts";

const ACTIONS = Number(process.env["BENCH_ACTIONS"] ?? 1_000_000);
const STEPS = Number(process.env["BENCH_STEPS"] ?? 3_000_000);
const STEPPING_AGENTS = 200;
const STEERED_AGENTS = 200;
/** Actions of one enqueue, and how many may be in flight. */
const BATCH = 500;
const UNDER_WAY_MAX = 4_000;
const SAMPLE_MS = 2_000;
/** Milliseconds of a single enqueue meanwhile at most, and the greatest ratio of its last quarter to the third. */
const ENQUEUE_MS_MOST = 20;
const ENQUEUE_AIM = 1.1;

interface Sample {
  readonly seconds: number;
  readonly files: number;
  readonly bytes: number;
  readonly rssBytes: number;
  /** Of single enqueues since the sample before. */
  readonly commitP99Ms: number;
  readonly actions: number;
  readonly steps: number;
}

await using fleet = await startFleet();
const { troupe, location } = fleet;
const begun = performance.now();
const samples: Sample[] = [];
let commits: number[] = [];
let actions = 0;
let steps = 0;
let underWay = 0;
let room = Promise.withResolvers<void>();
troupe.events.subscribe(({ type }) => {
  if (type === "agent.step") steps += 1;
  if (type !== "action.processed") return;
  actions += 1;
  underWay -= 1;
  if (underWay <= UNDER_WAY_MAX) room.resolve();
});

await createAgents(troupe, STEERED_AGENTS, "probe", { interval_ms: 3_600_000 });
underWay = 0;
await createAgents(troupe, STEPPING_AGENTS, "restless", { interval_ms: 0 }, "busy");
underWay = 0;
const isDone = () => actions >= ACTIONS && steps >= STEPS;
await Promise.all([sampleAll(), steerAll(), probeCommits()]);
await tell();

async function steerAll(): Promise<void> {
  for (let n = 0; !isDone(); n += BATCH) {
    if (actions >= ACTIONS) {
      await delay(100);
      continue;
    }
    underWay += BATCH;
    await troupe.queue.append(
      Array.from({ length: BATCH }, (_, k) => {
        const agent_id = `agent${(n + k) % STEERED_AGENTS}`;
        const payload = { agent_id, guidance: { sentAt: 0 } };
        return { action: "agent_interrupt", actor: "bench", agent_id, payload };
      }),
    );
    if (underWay <= UNDER_WAY_MAX) continue;
    room = Promise.withResolvers();
    await room.promise;
  }
}

/** The time that a caller waits for one enqueue. */
async function probeCommits(): Promise<void> {
  while (!isDone()) {
    const from = performance.now();
    underWay += 1;
    await interrupt(troupe, "agent0", { sentAt: 0 });
    commits.push(performance.now() - from);
    await delay(50);
  }
}

async function sampleAll(): Promise<void> {
  while (!isDone()) {
    await delay(SAMPLE_MS);
    const { files, bytes } = await sizeOf(location);
    const commitP99Ms = percentile(commits, 0.99);
    commits = [];
    const seconds = (performance.now() - begun) / 1_000;
    const rssBytes = process.memoryUsage.rss();
    samples.push({ seconds, files, bytes, rssBytes, commitP99Ms, actions, steps });
  }
}

async function tell(): Promise<void> {
  const { bytes } = await sizeOf(location);
  // A copy made during a write would not be a complete table.
  await troupe.close();
  const compactedBytes = await compactedSize();
  const seconds = samples.map((sample) => sample.seconds);
  const panel = (title: string, unit: string, read: (sample: Sample) => number) => ({
    title,
    unit,
    values: samples.map(read),
  });
  const svg = lineChart(`soak: ${actions} actions, ${steps} steps`, seconds, [
    panel("files", "", ({ files }) => files),
    panel("bytes of the database", "MiB", (sample) => sample.bytes / 2 ** 20),
    panel("resident memory", "MiB", ({ rssBytes }) => rssBytes / 2 ** 20),
    panel("one enqueue until durable, p99", "ms", ({ commitP99Ms }) => commitP99Ms),
    panel("actions processed", "", (sample) => sample.actions),
    panel("steps stored", "", (sample) => sample.steps),
  ]);
  await writeFile(resultPlace("soak", "svg"), svg);
  tellFigures(bytes, compactedBytes);
}

function tellFigures(bytes: number, compactedBytes: number): void {
  const [third, last] = [
    samples.slice(samples.length >> 1, (samples.length * 3) >> 2),
    samples.slice((samples.length * 3) >> 2),
  ];
  const median = (of: readonly Sample[], read: (sample: Sample) => number) =>
    percentile(of.map(read), 0.5);
  const rss = ({ rssBytes }: Sample) => rssBytes / 2 ** 20;
  const p99 = ({ commitP99Ms }: Sample) => commitP99Ms;
  const total = samples.at(-1)?.seconds ?? 1;
  report("soak", [
    { what: "actions processed", value: actions / total, unit: "/s" },
    { what: "steps stored", value: steps / total, unit: "/s" },
    {
      what: "disk, compared with a compacted copy",
      value: bytes / 2 ** 20,
      unit: "MiB",
      limit: compactedBytes / 2 ** 20,
      aim: 2,
    },
    { what: "files at most", value: Math.max(...samples.map(({ files }) => files)), unit: "" },
    {
      what: "memory, last quarter compared with the third",
      value: median(last, rss),
      unit: "MiB",
      limit: median(third, rss),
    },
    {
      what: "p99 of an enqueue, likewise",
      value: median(last, p99),
      unit: "ms",
      limit: median(third, p99),
      aim: ENQUEUE_AIM,
      most: ENQUEUE_MS_MOST,
    },
  ]);
}

/** Bytes of a copy in which every table is compacted and has one version. */
async function compactedSize(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  await cp(location, folder, { recursive: true });
  const connection = await connect(folder);
  for (const name of await connection.tableNames()) {
    await (await connection.openTable(name)).optimize({ cleanupOlderThan: new Date() });
  }
  connection.close();
  const { bytes } = await sizeOf(folder);
  await rm(folder, { recursive: true });
  return bytes;
}

async function sizeOf(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { files: paths.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/**
 * Runs the benchmark named by the argument, or all of them, one after the other, the quick ones first.
 * A run of all of them writes one table of all measures.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { date, type Measure, readMeasures, resultPlace, writeOverview } from "./report.ts";

const benchmarks = [
  "enqueue",
  "log-growth",
  "effects",
  "peer-queue",
  "slow-disk",
  "dispatch-latency",
  "stop",
  "rest",
  "fan-out",
  "spawn",
  "start",
  "rhythm",
  "idle",
  "residency",
  "paused",
  "shards",
  "takeover",
  "janitor",
  "large-rows",
  "throughput",
  "profile",
  "watchdog",
  "look-inside",
  "page",
  "fault-matrix",
  "own-functions",
  "governor",
  "soak",
  "chaos",
  "effects-kills",
  "open-turns",
  "power-cut",
  "leases",
  "object-store",
];

const [name] = process.argv.slice(2);
if (name !== undefined && !benchmarks.includes(name)) {
  console.error(`benchmark must be one of ${benchmarks.join(", ")}, got ${name}`);
  process.exit(2);
}
if (name === undefined) runAll();
else process.exitCode = run(name) ? 0 : 1;

/** One that fails does not stop the others. */
function runAll(): void {
  const failed = benchmarks.filter((benchmark) => !run(benchmark));
  writeOverview(
    benchmarks.map((benchmark) => {
      const measures = readMeasures(benchmark) ?? [];
      const failure: Measure = { what: "ended with an error", value: 1, unit: "", most: 0 };
      const isFailed = failed.includes(benchmark);
      return { name: benchmark, measures: isFailed ? [...measures, failure] : measures };
    }),
  );
  console.log(`\nall measures: ${fileURLToPath(resultPlace("", "md"))}`);
  if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** True if it succeeded. */
function run(benchmark: string): boolean {
  const file = fileURLToPath(new URL(`./${benchmark}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ["--expose-gc", file], {
    stdio: "inherit",
    env: { ...process.env, BENCH_DATE: date },
  });
  return status === 0;
}

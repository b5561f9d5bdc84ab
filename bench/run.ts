/** Runs the benchmark named by the argument, or all of them, one after the other. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const benchmarks = [
  ...["dispatch-latency", "spawn", "watchdog", "throughput"],
  ...["rest", "fan-out", "soak", "fault-matrix", "chaos"],
];

const [name] = process.argv.slice(2);
if (name !== undefined && !benchmarks.includes(name)) {
  console.error(`benchmark must be one of ${benchmarks.join(", ")}, got ${name}`);
  process.exit(2);
}
for (const benchmark of name === undefined ? benchmarks : [name]) {
  const file = fileURLToPath(new URL(`./${benchmark}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ["--expose-gc", file], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

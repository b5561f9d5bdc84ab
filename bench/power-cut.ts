/**
 * Two hundred power cuts under load, by chance: how often something that was answered is lost, doubled or
 * mixed up afterwards. With `BENCH_GENTLE=1` the disk keeps everything, as after `kill -9`.
 */

import { chooseSeed } from "../test/support/chance.ts";
import { runPowerCuts } from "../test/support/power-cut.ts";
import { type Measure, percentile, writeResult } from "./report.ts";

const options = {
  cuts: Number(process.env["BENCH_CUTS"] ?? 200),
  seed: chooseSeed(),
  isGentle: process.env["BENCH_GENTLE"] === "1",
};

console.log(`TEST_SEED=${options.seed}`);
const cuts = await runPowerCuts({
  ...options,
  onCut: ({ violations }) => {
    for (const { kind, text } of violations.slice(0, 3)) console.log(`${kind}: ${text}`);
    if (violations.length > 3) console.log(`… and ${violations.length - 3} more of this cut`);
  },
});
const kinds = new Set(cuts.flatMap(({ violations }) => violations.map(({ kind }) => kind)));
const measures: readonly Measure[] = [
  { what: "power cuts", value: cuts.length, unit: "" },
  { what: "files and folders not synced at a cut, median", value: median("unsynced"), unit: "" },
  { what: "  of so many", value: median("entries"), unit: "" },
  { what: "syncs before a cut, without SQLite's, median", value: median("syncs"), unit: "" },
  {
    what: "cuts that lost, doubled or mixed up something",
    value: cuts.filter(({ violations }) => violations.length > 0).length,
    unit: "",
    most: 0,
  },
  ...[...kinds].map((kind) => ({
    what: `  cuts: ${kind}`,
    value: cuts.filter(({ violations }) => violations.some((found) => found.kind === kind)).length,
    unit: "",
    most: 0,
  })),
];
console.table(measures);
writeResult("power-cut", { measures, options, cuts });
process.exitCode = kinds.size === 0 ? 0 : 1;

function median(name: "unsynced" | "entries" | "syncs"): number {
  return percentile(
    cuts.map((cut) => cut[name]),
    0.5,
  );
}

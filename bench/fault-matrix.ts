/**
 * Runs an agent for each known fault of agents' code, one after the other next to twenty healthy agents,
 * and prints how each ended and the worst gap of the others.
 */

import type { FateName } from "../test/support/agents/fates.ts";
import { expectations, FaultMatrix } from "../test/support/fault-matrix.ts";
import { type Measure, writeResult } from "./report.ts";

await using matrix = await FaultMatrix.open();
const lines: Record<string, string | number | boolean>[] = [];
for (const fate of Object.keys(expectations) as FateName[]) {
  const { row, tookMs, worstGap, disturbed, isProcessAlive } = await matrix.meet(fate);
  lines.push({
    fate,
    status: row.status,
    rung: row.exit_reason?.rung ?? "",
    "took ms": tookMs,
    error: row.last_error?.code ?? "",
    "worst gap, intervals": worstGap.toFixed(2),
    disturbed: disturbed.join(", "),
    alive: isProcessAlive,
  });
}
console.table(lines);
const measures: readonly Measure[] = [
  { what: "fates met", value: lines.length, unit: "" },
  {
    what: "fates that ended the process",
    value: lines.filter(({ alive }) => alive !== true).length,
    unit: "",
    most: 0,
  },
  {
    what: "fates that disturbed a healthy agent",
    value: lines.filter(({ disturbed }) => disturbed !== "").length,
    unit: "",
    most: 0,
  },
  {
    what: "worst gap of a healthy agent",
    value: Math.max(...lines.map((line) => Number(line["worst gap, intervals"]))),
    unit: "intervals",
  },
];
writeResult("fault-matrix", { measures, fates: lines });

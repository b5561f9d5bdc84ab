/**
 * Agents with effects of all three kinds on a service that counts them, and the program killed at random
 * moments: 300 of them, or `BENCH_KILLS`. `TEST_SEED=<seed>` makes the same choices again.
 */

import { chooseSeed } from "../test/support/chance.ts";
import { runEffectKills } from "../test/support/effect-kills.ts";
import { report } from "./report.ts";

const KILLS = 300;
/** Kills between two lines of progress. */
const PROGRESS = 25;

const kills = Number(process.env["BENCH_KILLS"] ?? KILLS);
if (!Number.isInteger(kills) || kills < 1) {
  console.error(`BENCH_KILLS must be a whole number from 1, got ${process.env["BENCH_KILLS"]}`);
  process.exit(2);
}
const seed = chooseSeed();
console.log(`TEST_SEED=${seed}`);
const onKill = (n: number) => {
  if (n % PROGRESS === 0) console.log(`${n} of ${kills} kills`);
};
const { met, violations, ...counts } = await runEffectKills({ agents: 6, kills, seed, onKill });
for (const violation of violations) console.error(violation);
report("effects-kills", [
  { what: "the program killed", value: kills, unit: "times" },
  { what: "steps with three effects", value: counts.orders, unit: "" },
  ...Object.entries(met).map(([place, n]) => ({
    what: `  killed at ${place}`,
    value: n,
    unit: "",
  })),
  { what: "calls of retry made again, with the same key", value: counts.repeated, unit: "" },
  { what: "effects of skip that were left out", value: counts.skipped, unit: "" },
  { what: "effects of ask that an agent was held for", value: counts.held, unit: "" },
  { what: "violations", value: violations.length, unit: "", most: 0 },
]);
process.exitCode = violations.length === 0 ? 0 : 1;

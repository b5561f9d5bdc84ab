/**
 * Two hundred agents, random actions from three processes, and the program killed every few seconds
 * for several minutes; then the tables are checked for lost actions and steps.
 */

import { chooseSeed } from "../test/support/chance.ts";
import { runChaos } from "../test/support/chaos.ts";
import { type Measure, writeResult } from "./report.ts";

const options = { agents: 200, mortals: 60, kills: 40, killEveryMs: 4_000, seed: chooseSeed() };

const result = await runChaos(options);
console.table([{ ...options, ...result, violations: result.violations.length }]);
for (const violation of result.violations) console.error(violation);
const measures: readonly Measure[] = [
  { what: "the program killed", value: options.kills, unit: "times" },
  { what: "actions", value: result.actions, unit: "" },
  { what: "steps", value: result.steps, unit: "" },
  { what: "stored steps repeated", value: result.repeatedSteps, unit: "", most: 0 },
  { what: "violations", value: result.violations.length, unit: "", most: 0 },
];
writeResult("chaos", { measures, options, result });
process.exitCode = result.violations.length === 0 ? 0 : 1;

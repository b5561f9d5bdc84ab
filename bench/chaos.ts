/**
 * Two hundred agents, random actions from three processes, and the program killed every few seconds
 * for several minutes; then the tables are held against what must be true.
 */

import { runChaos } from "../test/support/chaos.ts";
import { writeResult } from "./report.ts";

const options = { agents: 200, mortals: 60, kills: 40, killEveryMs: 4_000 };

const result = await runChaos(options);
console.table([{ ...options, ...result, violations: result.violations.length }]);
for (const violation of result.violations) console.error(violation);
writeResult("chaos", { options, result });
process.exitCode = result.violations.length === 0 ? 0 : 1;

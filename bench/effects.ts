/** What effects cost: an effect until it is durable, and steps with and without effects in the same run. */

import { measureGroupCommits, measureSyncs } from "./disk-floor.ts";
import { measureOnce } from "./effect-agents.ts";
import { measureKeeps, measureRecall, measureSteps } from "./effect-store.ts";
import { CALLERS } from "./measured-queue.ts";
import { report } from "./report.ts";

/** Aims: milliseconds at most, states of effects a second at least, and steps compared with steps alone. */
const KEEP_MS_MOST = 2;
const KEEPS_LEAST = 5_000;
const NOTED_LEAST = 0.5;
/** Agents that have effects at the same time. */
const AGENTS = 500;

const syncs = await measureSyncs();
const groupCommits = await measureGroupCommits();
const one = await measureKeeps(1);
const many = await measureKeeps(CALLERS);
const inTable = await measureKeeps(CALLERS, true);
const steps = await measureSteps();
const recallMs = await measureRecall();
const alone = await measureOnce(1, { calls: 16 });
const rested = await measureOnce(1, { calls: 16, intervalMs: 100 });
const fleet = await measureOnce(AGENTS, { calls: 16 });
const ms = { unit: "ms", limit: syncs.p50 };
report("effects", [
  { what: "fdatasync of 4 KB, p50", value: syncs.p50, unit: "ms" },
  {
    what: "state of an effect until durable, one caller, p50",
    value: one.p50Ms,
    ...ms,
    most: KEEP_MS_MOST,
  },
  { what: "  p99", value: one.p99Ms, ...ms },
  { what: `  ${CALLERS} callers, p50`, value: many.p50Ms, ...ms },
  { what: "  p99", value: many.p99Ms, ...ms },
  {
    what: `states durable, ${CALLERS} callers`,
    // A start and an end for each effect.
    value: 2 * many.perSecond,
    unit: "/s",
    limit: groupCommits,
    least: KEEPS_LEAST,
  },
  { what: "  in the table, too", value: 2 * inTable.perSecond, unit: "/s" },
  { what: "  p50", value: inTable.p50Ms, unit: "ms" },
  { what: "steps stored, 500 agents, without effects", value: steps.without, unit: "/s" },
  {
    what: "  with one effect each, in the flush of its step",
    value: steps.withNotes,
    unit: "/s",
    limit: steps.without,
    aimLeast: NOTED_LEAST,
  },
  {
    what: "  with one effect each, durable before it",
    value: steps.withKeeps,
    unit: "/s",
    limit: steps.without,
  },
  {
    what: "ctx.once of one agent, p50",
    value: alone.furtherP50Ms,
    ...ms,
    most: KEEP_MS_MOST,
  },
  { what: "  p99", value: alone.furtherP99Ms, ...ms },
  {
    what: "  the first of a step, which waits for the step before, p50",
    value: alone.firstP50Ms,
    ...ms,
  },
  { what: "  the same after a rest of 100 ms, p50", value: rested.firstP50Ms, ...ms },
  { what: `  of ${AGENTS} agents, p50`, value: fleet.furtherP50Ms, ...ms },
  {
    what: `effects of ${AGENTS} agents`,
    value: fleet.perSecond,
    unit: "/s",
    least: KEEPS_LEAST,
  },
  { what: "1,000 agents until each has the 3 effects of its turn", value: recallMs, unit: "ms" },
]);

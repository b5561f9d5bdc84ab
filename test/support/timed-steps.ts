/** A database with agents that have ended, and with steps of the last minutes, as an ended process leaves it. */

import { join } from "node:path";
import { openStore } from "../../src/store/store.ts";
import { agentRow, stepRow } from "./sample-rows.ts";

/** Steps of each agent, one each second; each lasts half of one. */
export const STEPS = 20;
const PERIOD_MS = 1_000;
/** They ended so long ago, so that they are in the time that the timeline shows first. */
const AGE_MS = 30_000;

/**
 * Fills the database of a folder in which nothing runs. Of each agent step 5 failed, step 9 was aborted,
 * and step 12 was the first of a new thread and used guidance.
 */
export async function seedTimedSteps(folder: string, agents: readonly string[]): Promise<void> {
  await using store = await openStore({ location: join(folder, "data/troupe") });
  const end = Date.now() - AGE_MS;
  // In the order of their ends, as their ids are.
  for (let iteration = 1; iteration <= STEPS; iteration += 1) {
    for (const agent_id of agents) {
      const started_at = end - (STEPS - iteration + 1) * PERIOD_MS;
      const ended_at = started_at + PERIOD_MS / 2;
      const row = {
        agent_id,
        iteration,
        status: "stopped",
        updated_at: ended_at,
        ended_at,
      } as const;
      const step = { agent_id, iteration, started_at, ended_at, ...outcomeOf(iteration) };
      void store.agents.record(agentRow({ ...row, started_at: end - AGE_MS }), stepRow(step));
    }
  }
  await store.agents.drain();
}

function outcomeOf(iteration: number) {
  const generation = iteration < 12 ? 1 : 2;
  if (iteration === 5) {
    const error = { code: "AGENT_STEP_FAILED", message: "the service is busy" };
    return { generation, status: "error", error } as const;
  }
  if (iteration === 9) return { generation, status: "aborted" } as const;
  const guidance_used = iteration === 12 ? ["guidance-1"] : [];
  return { generation, guidance_used, result: `result of ${iteration}` } as const;
}

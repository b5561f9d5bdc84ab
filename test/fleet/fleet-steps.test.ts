/** The steps of all agents, through every way to a fleet. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StepCount } from "../../src/model/step-span.ts";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";
import { inPages } from "../support/in-pages.ts";
import { until } from "../support/until.ts";

const WAIT_MS = 30_000;
const HOUR_MS = 3_600_000;

let ways: FleetWays;
beforeAll(async () => {
  ways = await FleetWays.start();
});
afterAll(() => ways[Symbol.asyncDispose]());

describe.each(wayNames)("a fleet through its %s", (way) => {
  const ids = ["a", "b", "c"].map((name) => `${way}-${name}`);

  test("has the steps of all agents in pages, newest first, and counts the same ones", async () => {
    const fleet = ways.fleets[way];
    for (const agent_id of ids) {
      await fleet.agentCreate(agent_id, "ann", { config: { interval_ms: 200 } });
      await until(async () => (await fleet.stepSpanPage({ agentId: agent_id })).items.length > 2);
      await fleet.actionWait(await fleet.agentDestroy(agent_id, "ann"), WAIT_MS);
    }
    const own = <T extends { readonly agent_id: string }>(items: readonly T[]) =>
      items.filter(({ agent_id }) => ids.includes(agent_id));
    const steps = own(await inPages(5, (page) => fleet.stepSpanPage({ type: "joke", ...page })));
    expect(steps.map(({ step_id }) => step_id)).toEqual(
      steps
        .map(({ step_id }) => step_id)
        .toSorted()
        .reverse(),
    );
    for (const agent_id of ids) {
      const rows = await Array.fromAsync(fleet.steps(agent_id));
      const found = steps.filter((step) => step.agent_id === agent_id);
      expect(found.map(({ step_id }) => step_id)).toEqual(rows.map(({ step_id }) => step_id));
    }
    const since = steps.at(-1)?.started_at ?? 0;
    expect(own(await Array.fromAsync(fleet.stepSpans({ since })))).toEqual(steps);
    const counts = own(await Array.fromAsync(fleet.stepCounts({ since, bucketMs: HOUR_MS })));
    expect(counts.reduce((sum, count) => sum + endedOf(count), 0)).toBe(steps.length);
  });

  test("refuses times that have no step, and too many buckets", async () => {
    const fleet = ways.fleets[way];
    const code = "STEP_TIME_INVALID";
    await expect(fleet.stepSpanPage({ since: 2, until: 1 })).rejects.toMatchObject({ code });
    const tooMany = { since: 0, until: HOUR_MS, bucketMs: 1_000 };
    await expect(fleet.stepCountPage(tooMany)).rejects.toMatchObject({ code });
  });
});

function endedOf({ ok, error, aborted }: StepCount): number {
  return ok + error + aborted;
}

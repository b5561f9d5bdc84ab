import { expect, test } from "vitest";
import { bucketOf, StepCells } from "../../src/dashboard/state/step-buckets.ts";
import type { AgentId } from "../../src/model/ids.ts";

const hour = { since: 0, until: 3_600_000 };

test("buckets of many agents are so long that all of them together stay few", () => {
  expect(bucketOf(hour, 0)).toBe(15_000);
  expect(bucketOf(hour, 100)).toBe(15_000);
  for (const agents of [200, 3_000, 12_000, 29_000]) {
    const cells = (hour.until / bucketOf(hour, agents)) * agents;
    expect(cells).toBeLessThanOrEqual(30_000);
  }
  expect(bucketOf(hour, 100_000)).toBe(hour.until);
  expect(bucketOf({ since: 5, until: 6 }, 1)).toBe(1);
});

test("counts are kept by agent, with the start of the earliest, however many there are", () => {
  const cells = new StepCells();
  expect(cells.earliestAt).toBe(Number.POSITIVE_INFINITY);
  const count = (agent: string, at: number) => ({
    ...{ agent_id: agent as AgentId, at },
    ...{ ok: 1, error: 0, aborted: 0, busy_ms: 10 },
  });
  cells.add(Array.from({ length: 300_000 }, (_, n) => count(`agent-${n % 3}`, 900_000 - n)));
  cells.add([count("other", 700_000)]);
  expect(cells.earliestAt).toBe(600_001);
  expect(cells.byAgent.get("agent-1")).toHaveLength(100_000);
  expect(cells.byAgent.get("other")).toHaveLength(1);
});

import { expect, test } from "vitest";
import { columnsOf, LaneDensity } from "../../src/dashboard/state/density.ts";
import { LaneSpans } from "../../src/dashboard/state/lane-spans.ts";
import type { AgentId } from "../../src/model/ids.ts";

const step = (iteration: number, startedAt: number, endedAt: number) => ({
  ...{ iteration, generation: 1, isGuided: false },
  ...{ status: "ok" as const, startedAt, endedAt },
});

test("the edges of columns do not move while the shown time does", () => {
  const one = columnsOf({ since: 1_010, until: 2_010 }, 100, 10);
  const other = columnsOf({ since: 1_060, until: 2_060 }, 100, 10);
  expect(one).toEqual({ since: 1_000, columnMs: 100, count: 11 });
  expect(other.since).toBe(one.since);
});

test("steps count where they ended, and are busy where they ran", () => {
  const density = new LaneDensity({ since: 0, columnMs: 100, count: 4 });
  const lane = new LaneSpans();
  lane.add([
    step(1, -50, 20),
    { ...step(2, 150, 250), status: "error" },
    { ...step(3, 260, 260), status: "aborted" },
    step(4, 390, 900),
  ]);
  density.addSpans(lane);
  expect([...density.ended]).toEqual([1, 0, 2, 0]);
  expect([...density.failed]).toEqual([0, 0, 1, 0]);
  expect([...density.aborted]).toEqual([0, 0, 1, 0]);
  expect([...density.busyMs]).toEqual([20, 50, 50, 10]);
  density.clear();
  expect([...density.ended, ...density.busyMs].every((value) => value === 0)).toBe(true);
});

test("a bucket is spread over its columns, unless its steps are known one by one", () => {
  const density = new LaneDensity({ since: 0, columnMs: 100, count: 4 });
  const agent_id = "a" as AgentId;
  const counts = [
    { agent_id, at: 0, ok: 2, error: 2, aborted: 0, busy_ms: 120 },
    { agent_id, at: 200, ok: 9, error: 0, aborted: 0, busy_ms: 9 },
  ];
  density.addCounts(counts, 200, ({ since }) => since === 0);
  expect([...density.ended]).toEqual([2, 2, 0, 0]);
  expect([...density.failed]).toEqual([1, 1, 0, 0]);
  expect([...density.busyMs]).toEqual([60, 60, 0, 0]);
});

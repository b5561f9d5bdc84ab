import { expect, test } from "vitest";
import type { AgentStatus } from "../../src/model/agent.ts";
import { StatusCounts } from "../../src/supervisor/status-counts.ts";

const inCare = (status: AgentStatus, unresponsiveSince?: number) => ({
  record: { row: { status } },
  child: { unresponsiveSince },
});
const none = {
  starting: 0,
  running: 0,
  pausing: 0,
  paused: 0,
  stopping: 0,
  stopped: 0,
  restarting: 0,
  error: 0,
};

test("agents awake, at rest and ended are counted by status, unresponsive ones once more", () => {
  const counts = new StatusCounts({ stopped: 3 });
  const agents = [
    inCare("running"),
    inCare("running", 1),
    inCare("stopped"),
    { record: { row: { status: "paused" as const } }, child: undefined },
  ];
  const resting = new Map<AgentStatus, number>([
    ["running", 5],
    ["paused", 2],
  ]);
  expect(counts.count(agents, resting)).toEqual({
    agents: { ...none, running: 7, paused: 3, stopped: 4 },
    unresponsive: 1,
    residency: { hot: 2, warm: 8, cold: 0 },
  });
});

test("an agent that is managed again is no longer counted as ended, and one that ends is", () => {
  const counts = new StatusCounts({ stopped: 1, error: 1 });
  counts.remove("error");
  counts.remove("running");
  counts.add("stopped");
  counts.add("restarting");
  expect(counts.count([], new Map()).agents).toEqual({ ...none, stopped: 2 });
});

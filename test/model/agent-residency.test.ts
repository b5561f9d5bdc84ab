import { expect, test } from "vitest";
import { agentStatuses, isAlive } from "../../src/model/agent.ts";
import { residencyOf } from "../../src/model/agent-residency.ts";

test("a living agent is hot with a thread, and otherwise where its reader knows it to be", () => {
  for (const status of agentStatuses.filter(isAlive)) {
    expect(residencyOf(status, {}, "cold")).toBe("hot");
    expect(residencyOf(status, null, "warm")).toBe("warm");
    expect(residencyOf(status, null, "cold")).toBe("cold");
    expect(residencyOf(status, null, null)).toBeNull();
  }
});

test("an agent that has ended is nowhere", () => {
  expect(residencyOf("stopped", null, "warm")).toBeNull();
  expect(residencyOf("error", {}, "cold")).toBeNull();
});

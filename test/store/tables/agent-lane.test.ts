/** The records of one agent that gets a new generation before the row of the last one is merged. */

import { expect, test } from "vitest";
import { AgentLane, newMerged, type StepEntry } from "../../../src/store/tables/agent-lane.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";

function entryOf(lane: AgentLane, generation: number, iteration: number): StepEntry {
  const row = agentRow({ generation, iteration });
  const step = stepRow({ generation, iteration });
  return {
    lane,
    step,
    row,
    image: { row, isUrgent: false, merged: newMerged() },
    onAppended: () => undefined,
  };
}

test("a step waits for the row of its own generation, and not for that of a later one", () => {
  const lane = new AgentLane();
  const second = agentRow({ generation: 2 });
  lane.addRow(second, {});
  expect(lane.take()?.row).toBe(second); // it is being merged
  const step = entryOf(lane, 2, 1);
  expect(lane.addStep(step)).toBe(true);
  const third = agentRow({ generation: 3, iteration: 1 });
  lane.addRow(third, {});
  expect(lane.image).toBeUndefined(); // behind the step
  expect(lane.setMerged(second)).toEqual([step]);

  lane.setAppended(step);
  expect(lane.take()?.row).toBe(third);
  expect(lane.isStarting).toBe(true);
  const later = entryOf(lane, 3, 2);
  expect(lane.addStep(later)).toBe(true);
  expect(lane.setMerged(third)).toEqual([later]);
  expect(lane.isStarting).toBe(false);
});

test("a step of an agent whose row the table has waits for no row of its generation", () => {
  const lane = new AgentLane();
  lane.addRow(agentRow({ generation: 2 }), { isLazy: true, hasLivingRow: true });
  expect(lane.isStarting).toBe(false);
  expect(lane.addStep(entryOf(lane, 2, 1))).toBe(false);
});

import { expect, test } from "vitest";
import { lanesPerRow, rowAt, rowsOf } from "../../src/dashboard/state/overview-rows.ts";
import { lanesOf } from "../../src/dashboard/state/timeline-lanes.ts";
import { newAgent } from "../../src/picture/agent-picture.ts";
import { agentView, NOW } from "./sample-agents.ts";

const lanes = (count: number) =>
  lanesOf(
    Array.from({ length: count }, (_, n) => newAgent(agentView(`agent-${n + 1}`), NOW)),
    "agent",
  );

test("each lane has a row, until there are two rows for each pixel of the height", () => {
  expect(lanesPerRow(0, 500)).toBe(1);
  expect(lanesPerRow(1_000, 500)).toBe(1);
  expect(lanesPerRow(1_001, 500)).toBe(2);
  expect(lanesPerRow(100_000, 500)).toBe(100);
  expect(lanesPerRow(10, 0)).toBe(10);
});

test("lanes of one row are together, each in exactly one row", () => {
  const many = lanes(8);
  expect(rowsOf(many, 1)).toEqual(many);
  const rows = rowsOf(many, 3);
  expect(rows.map(({ agents }) => agents.length)).toEqual([3, 3, 2]);
  expect(rows.flatMap(({ agents }) => agents)).toEqual(many.flatMap(({ agents }) => agents));
});

test("a row names its lane, both, or how many it has", () => {
  const many = lanes(8);
  expect(rowAt(many, 1, 4)?.name).toBe("agent-5");
  expect(rowAt(many, 3, 4)?.name).toBe("agent-4 and 2 others");
  expect(rowAt(many, 3, 7)?.name).toBe("agent-7 and agent-8");
  expect(rowAt(many, 3, 8)).toBeUndefined();
  for (const [n, row] of rowsOf(many, 3).entries()) expect(rowAt(many, 3, n * 3)).toEqual(row);
});

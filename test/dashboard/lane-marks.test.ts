import { expect, test } from "vitest";
import { LaneMarks } from "../../src/dashboard/state/lane-marks.ts";

const running = { id: "a", status: "running", updatedAt: 0 } as const;
const paused = { id: "a", status: "paused", updatedAt: 500 } as const;

test("pauses reach from pause to resume, in whatever order they are read", () => {
  const marks = new LaneMarks();
  marks.changePause("a", 400, false);
  marks.changePause("a", 100, true);
  marks.changePause("a", 150, true);
  marks.changePause("b", 10, true);
  expect(marks.pausesOf(running, 1_000)).toEqual([{ since: 100, until: 400 }]);
});

test("an agent that is paused now is paused until now, also if nobody asked for it", () => {
  const marks = new LaneMarks();
  expect(marks.pausesOf(paused, 1_000)).toEqual([{ since: 500, until: 1_000 }]);
  marks.changePause("a", 450, true);
  expect(marks.pausesOf(paused, 1_000)).toEqual([{ since: 450, until: 1_000 }]);
  expect(marks.pausesOf({ ...running, updatedAt: 700 }, 1_000)).toEqual([
    { since: 450, until: 700 },
  ]);
});

test("guidance is marked once, when it was first seen", () => {
  const marks = new LaneMarks();
  marks.addGuidance("a", "1", 100);
  marks.addGuidance("a", "1", 120);
  marks.addGuidance("a", "2", 200);
  expect(marks.guidanceOf("a")).toEqual([100, 200]);
  expect(marks.guidanceOf("b")).toEqual([]);
});

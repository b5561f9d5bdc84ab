import fc from "fast-check";
import { expect, test } from "vitest";
import { FleetSpans, LaneSpans, type Span } from "../../src/dashboard/state/lane-spans.ts";

const span = (iteration: number, given: Partial<Span> = {}): Span => ({
  iteration,
  generation: 1,
  status: "ok",
  isGuided: false,
  startedAt: iteration * 100,
  endedAt: iteration * 100 + 50,
  ...given,
});

const all = (lane: LaneSpans) => Array.from({ length: lane.size }, (_, at) => lane.at(at));

test("a step that an event and the route report is there once, in whatever order they come", () => {
  const part = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }))
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const lane = new LaneSpans();
      const added = parts.reduce((sum, ids) => sum + lane.add(ids.map((id) => span(id))), 0);
      const expected = [...new Set(parts.flat())].sort((a, b) => a - b);
      expect(all(lane)).toEqual(expected.map((id) => span(id)));
      expect(added).toBe(expected.length);
    }),
  );
});

test("everything about a step is kept, and a new generation is a restart", () => {
  const lane = new LaneSpans();
  const second = span(2, { status: "error", isGuided: true });
  const third = span(3, { status: "aborted", generation: 2 });
  lane.add([span(1), second, third, span(9, { generation: 3 })]);
  expect([lane.at(1), lane.at(2)]).toEqual([second, third]);
  // Steps between the third and the ninth are not known, nor is where the new thread began.
  expect([0, 1, 2, 3].map((at) => lane.isRestart(at))).toEqual([false, false, true, false]);
  expect(lane.indexOf(9)).toBe(3);
  expect(lane.indexOf(4)).toBe(-1);
  expect(lane.indexOf(10)).toBe(-1);
  expect(lane.at(4)).toBeUndefined();
});

test("the first step that ended since a time is found", () => {
  const lane = new LaneSpans();
  lane.add(Array.from({ length: 100 }, (_, n) => span(n + 1)));
  expect(lane.firstEndedSince(0)).toBe(0);
  expect(lane.firstEndedSince(550)).toBe(4);
  expect(lane.firstEndedSince(551)).toBe(5);
  expect(lane.firstEndedSince(1e9)).toBe(100);
});

test("the older steps of all agents are forgotten, and counted so", () => {
  const fleet = new FleetSpans();
  for (const id of ["a", "b"])
    fleet.add(
      id,
      Array.from({ length: 40 }, (_, n) => span(n + 1)),
    );
  fleet.dropBefore(fleet.middleTime());
  expect(fleet.size).toBe(40);
  expect(fleet.of("a")?.at(0)).toEqual(span(21));
  fleet.add("a", [span(41)]);
  expect(fleet.size).toBe(41);
});

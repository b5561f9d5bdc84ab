import { expect, test } from "vitest";
import { LiveEdge } from "../../src/dashboard/state/live-edge.ts";
import { glance } from "./sample-agents.ts";

const at = (seq: number, time: number) => ({ ...glance([]), seq, time });

test("a glance that was requested from where the one before ended makes the time since then known", () => {
  const edge = new LiveEdge();
  expect(edge.take(at(10, 1_000), 5)).toBeUndefined();
  expect(edge.take(at(20, 2_000), 10)).toEqual({ since: 1_000, until: 2_000 });
  // Nothing happened.
  expect(edge.take(at(20, 3_000), 20)).toEqual({ since: 2_000, until: 3_000 });
});

test("no time is known if glances in between were without steps, or were dropped", () => {
  const edge = new LiveEdge();
  edge.take(at(10, 1_000), 5);
  expect(edge.take(at(40, 9_000), 30)).toBeUndefined();
  expect(edge.take(at(50, 9_500), 40)).toEqual({ since: 9_000, until: 9_500 });
  expect(edge.take(at(60, 9_900), undefined)).toBeUndefined();
});

test("no time is known after a cut, or after a restart of the server", () => {
  const edge = new LiveEdge();
  edge.take(at(10, 1_000), 5);
  expect(edge.take({ ...at(20, 2_000), is_cut: true }, 10)).toBeUndefined();
  expect(edge.take({ ...at(30, 3_000), epoch: 2 }, 20)).toBeUndefined();
  expect(edge.take({ ...at(40, 4_000), epoch: 2 }, 30)).toEqual({ since: 3_000, until: 4_000 });
});

test("a time until now reaches the last glance, whichever clock is ahead", () => {
  const edge = new LiveEdge();
  expect(edge.endOf(2_000, 1_000)).toBe(1_000);
  edge.take(at(10, 1_005), undefined);
  expect(edge.endOf(1_000, 1_000)).toBe(1_005);
  expect(edge.endOf(2_000, 1_010)).toBe(1_010);
  expect(edge.endOf(900, 1_000)).toBe(900);
});

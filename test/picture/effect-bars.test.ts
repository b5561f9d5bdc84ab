import { expect, test } from "vitest";
import { axisOfEffects, barOf, type TracedEffect, tookOf } from "../../src/picture/effect-bars.ts";

const axis = { from: 1_000, to: 2_000 };
const effect = (given: Partial<TracedEffect>): TracedEffect => {
  return { state: "done", started_at: 1_000, ended_at: 2_000, wait_ms: null, ...given };
};

test("a bar has its place and its length on the step's axis", () => {
  const bar = barOf(effect({ started_at: 1_250, ended_at: 1_750, wait_ms: 100 }), axis);
  expect(bar).toEqual({ start: 0.25, length: 0.5, wait: 0.1 });
});

test("a bar ends with the axis, whatever the clock said", () => {
  expect(barOf(effect({ started_at: 1_500, ended_at: 9_000, wait_ms: 8_000 }), axis)).toEqual({
    ...{ start: 0.5, length: 0.5, wait: 0.5 },
  });
  expect(barOf(effect({ started_at: 500, ended_at: 1_500 }), axis)).toMatchObject({
    ...{ start: 0, length: 0.5 },
  });
  expect(barOf(effect({ ended_at: null }), axis)).toMatchObject({ start: 0, length: 1 });
  expect(barOf(effect({ started_at: 2_100, ended_at: 1_900 }), axis)).toEqual({
    ...{ start: 1, length: 0, wait: 0 },
  });
});

test("an effect of an earlier run of the step has no bar", () => {
  expect(barOf(effect({ started_at: 100, ended_at: 900 }), axis)).toBeNull();
});

test("the axis of a step that has not ended reaches from its first effect to its last, or to now", () => {
  const effects = [
    effect({ started_at: 1_200, ended_at: null }),
    effect({ started_at: 1_100, ended_at: 1_500 }),
  ];
  expect(axisOfEffects(effects, undefined)).toEqual({ from: 1_100, to: 1_500 });
  expect(axisOfEffects(effects, 3_000)).toEqual({ from: 1_100, to: 3_000 });
  const [open] = effects;
  expect(axisOfEffects(open === undefined ? [] : [open], undefined)).toEqual({
    ...{ from: 1_200, to: 1_201 },
  });
  expect(axisOfEffects([], 3_000)).toBeNull();
});

test("an effect took a time that is known only once it has ended", () => {
  expect(tookOf(effect({}))).toBe(1_000);
  expect(tookOf(effect({ ended_at: null }))).toBeNull();
  expect(tookOf(effect({ state: "unknown" }))).toBeNull();
});

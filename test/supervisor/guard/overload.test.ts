/** Overload: told once when it begins, and once when it is over. */

import { expect, test } from "vitest";
import { CALM_MS, Overload } from "../../../src/supervisor/guard/overload.ts";

test("an episode is reported once, however it wavers, and ends after some calm", () => {
  const overload = new Overload();
  const told = [0, 3, 0, 1, 0, 7].map((starved) => overload.check(starved, CALM_MS / 2));
  expect(told).toEqual([undefined, "started", ...Array(4).fill(undefined)]);
  expect(overload.check(0, CALM_MS - 1)).toBeUndefined();
  expect(overload.check(0, 1)).toBe("ended");
  expect(overload.check(0, CALM_MS)).toBeUndefined();
  expect(overload.check(1, 1)).toBe("started");
});

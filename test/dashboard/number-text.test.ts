import { expect, test } from "vitest";
import {
  agoText,
  bytesText,
  durationText,
  percentText,
  plural,
  rateText,
} from "../../src/dashboard/state/number-text.ts";

test("numbers are told as people read them", () => {
  expect([0, 0.01, 0.42, 9.96, 12.4, 25_000].map(rateText)).toEqual([
    "0",
    "<0.1",
    "0.4",
    "10",
    "12",
    "25K",
  ]);
  expect([3 * 2 ** 20, 300 * 2 ** 20, 1.5 * 2 ** 30].map(bytesText)).toEqual([
    "3.0 MiB",
    "300.0 MiB",
    "1.5 GiB",
  ]);
  expect([0.004, 0.5].map(percentText)).toEqual(["0.40 %", "50 %"]);
  expect([3.4, 1_200, 65_000, 7_200_000].map(durationText)).toEqual([
    "3 ms",
    "1.2 s",
    "1 min",
    "2 h",
  ]);
  expect([0, 12_000, 3 * 86_400_000].map(agoText)).toEqual(["now", "12 s", "3 d"]);
  expect([plural(1, "agent"), plural(1_200, "agent")]).toEqual(["1 agent", "1,200 agents"]);
});

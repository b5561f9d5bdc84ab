import { expect, test } from "vitest";
import {
  bytesText,
  countText,
  percentText,
  plural,
  rateText,
  shortCountText,
} from "../../src/picture/number-text.ts";

test("rates have a decimal if they are small, and a sign if they are not known", () => {
  const rates = [undefined, 0, 0.01, 0.42, 9.96, 12.4, 25_000];
  expect(rates.map(rateText)).toEqual(["–", "0", "<0.1", "0.4", "10", "12", "25K"]);
});

test("counts are grouped, and short if there is little room", () => {
  expect([999, 12_345].map(countText)).toEqual(["999", "12,345"]);
  expect([9_999, 12_345, 2_500_000].map(shortCountText)).toEqual(["9,999", "12.3K", "2.5M"]);
  expect([plural(1, "agent"), plural(1_200, "agent")]).toEqual(["1 agent", "1,200 agents"]);
});

test("sizes are powers of 1,024, shares are percents", () => {
  const sizes = [0, 512, 1_023, 1_024, 3 * 2 ** 20, 300 * 2 ** 20, 1.5 * 2 ** 30, 2 ** 52];
  expect(sizes.map(bytesText)).toEqual([
    "0 B",
    "512 B",
    "1023 B",
    "1.0 KiB",
    "3.0 MiB",
    "300.0 MiB",
    "1.5 GiB",
    "4096.0 TiB",
  ]);
  expect([0, 0.004, 0.04, 0.5].map(percentText)).toEqual(["0.0 %", "0.40 %", "4.0 %", "50 %"]);
});

import { expect, test } from "vitest";
import { ServerClock } from "../../src/dashboard/state/server-clock.ts";

const MINUTE = 60_000;

test("is the browser's clock until the server has answered", () => {
  expect(new ServerClock().at(1_000)).toBe(1_000);
});

test("follows the server's clock by the answer that took least time", () => {
  const clock = new ServerClock();
  // The browser's clock is ten minutes ahead; the slow answer was held up on its way here.
  clock.take(5_000, 10 * MINUTE + 5_000, 10 * MINUTE + 9_000);
  expect(clock.at(10 * MINUTE)).toBe(-2_000);
  clock.take(6_000, 10 * MINUTE + 5_990, 10 * MINUTE + 6_010);
  expect(clock.at(10 * MINUTE)).toBe(0);
  clock.take(9_000, 10 * MINUTE + 8_000, 10 * MINUTE + 9_000);
  expect(clock.at(10 * MINUTE)).toBe(0);
});

test("believes a clock that was set, after some answers", () => {
  const clock = new ServerClock();
  clock.take(0, 0, 10);
  for (let n = 0; n < 8; n += 1) clock.take(n, n + MINUTE, n + MINUTE + 20);
  expect(clock.at(MINUTE)).toBe(-10);
});

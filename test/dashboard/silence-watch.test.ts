/** How long nothing may arrive on a connection. */

import { expect, test } from "vitest";
import {
  type Expected,
  type Silence,
  SilenceWatch,
} from "../../src/dashboard/link/silence-watch.ts";
import { useFakeClock } from "../support/fake-clock.ts";

test.each<[Expected, number | null, number | null]>([
  ["events", 6, 20],
  ["answer", 6, 10],
  ["opening", null, 15],
  ["nothing", null, null],
])("%s: quiet after %s s, dead after %s s", async (expected, quietAfter, deadAfter) => {
  using clock = useFakeClock();
  const watch = new SilenceWatch();
  for (let seconds = 0; seconds <= 30; seconds += 1) {
    let silence: Silence = "none";
    if (quietAfter !== null && seconds > quietAfter) silence = "quiet";
    if (deadAfter !== null && seconds > deadAfter) silence = "dead";
    expect(watch.check(expected), `${seconds} s`).toBe(silence);
    if (silence === "dead") return;
    await clock.advance(1_000);
  }
});

test("a connection that did not open has more time when it is tried again, until one opens", async () => {
  using clock = useFakeClock();
  const watch = new SilenceWatch();
  const secondsUntilDead = async () => {
    watch.restart();
    for (let seconds = 0; ; seconds += 1) {
      if (watch.check("opening") === "dead") return seconds - 1;
      await clock.advance(1_000);
    }
  };
  for (const seconds of [15, 30, 60, 120, 120]) expect(await secondsUntilDead()).toBe(seconds);
  watch.succeed();
  expect(await secondsUntilDead()).toBe(15);
});

test("whatever arrives ends the silence", async () => {
  using clock = useFakeClock();
  const watch = new SilenceWatch();
  await clock.advance(19_000);
  expect(watch.check("events")).toBe("quiet");
  watch.restart();
  expect(watch.check("events")).toBe("none");
});

test("a computer that wakes up finds its connection dead", async () => {
  using clock = useFakeClock();
  const watch = new SilenceWatch();
  expect(watch.check("events")).toBe("none");
  await clock.advance(600_000);
  expect(watch.check("events")).toBe("dead");
});

/** The pulse: silence counts while code runs, and only as far as it was looked at. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Phase } from "../../../src/boundary/control-block.ts";
import { Liveness, SILENCE_MS_MAX } from "../../../src/supervisor/guard/liveness.ts";

const phases = fc.constantFrom<Phase>(
  "starting",
  "step",
  "sleeping",
  "waiting",
  "paused",
  "ending",
  "ended",
);

function look(pulse: Liveness, heartbeat: number, phase: Phase, elapsedMs = 500) {
  return pulse.check({ heartbeat, phase }, elapsedMs);
}

test("a heartbeat that stops while code runs is reported once, and once when it continues", () => {
  const pulse = new Liveness();
  look(pulse, 1, "step");
  const told = Array.from({ length: 20 }, () => look(pulse, 1, "step"));
  expect(told.filter((change) => change !== undefined)).toEqual(["fell_silent"]);
  expect(pulse.silentMs).toBe(10_000);
  expect(look(pulse, 2, "step")).toBe("recovered");
  expect(look(pulse, 3, "step")).toBeUndefined();
  expect(pulse.isSilent).toBe(false);
});

test("a thread is not starved before that was seen", () => {
  expect(new Liveness().isStarved).toBe(false);
});

test("the next silence is reported again", () => {
  const pulse = new Liveness();
  const told = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2].map((beat) => look(pulse, beat, "step"));
  expect(told.filter((change) => change !== undefined)).toEqual([
    "fell_silent",
    "recovered",
    "fell_silent",
  ]);
});

test("an agent that sleeps, or whose thread has not started, is not silent", () => {
  for (const [heartbeat, phase] of [
    [7, "sleeping"],
    [7, "paused"],
    [7, "ended"],
    [0, "starting"],
  ] as const) {
    const pulse = new Liveness();
    for (let n = 0; n < 20; n += 1) look(pulse, heartbeat, phase);
    expect(pulse.isSilent, phase).toBe(false);
  }
});

test("an agent that goes to sleep has recovered", () => {
  const pulse = new Liveness();
  for (let n = 0; n < 6; n += 1) look(pulse, 1, "step");
  expect(look(pulse, 1, "sleeping")).toBe("recovered");
});

test("a main thread that was suspended for an hour finds no agent silent", () => {
  const pulse = new Liveness();
  look(pulse, 1, "step");
  expect(look(pulse, 1, "step", 3_600_000)).toBeUndefined();
});

test("it is silent exactly when enough of the last checks in a row were", () => {
  const looks = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), phases));
  fc.assert(
    fc.property(looks, (seen) => {
      const pulse = new Liveness();
      let before = 0;
      let silent = 0;
      for (const [heartbeat, phase] of seen) {
        const isRunning = ["starting", "step", "ending"].includes(phase);
        const isDue = isRunning && heartbeat !== 0;
        silent = isDue && heartbeat === before ? silent + 500 : 0;
        if (isRunning) before = heartbeat;
        look(pulse, heartbeat, phase);
        expect(pulse.silentMs).toBe(silent);
        expect(pulse.isSilent).toBe(silent >= SILENCE_MS_MAX);
      }
    }),
  );
});

/** Looks for `seconds`, at a thread that waits for a processor for a share of the time. */
function lookStarved(pulse: Liveness, seconds: number, share: number): string[] {
  let waitedMs = 0;
  const told = Array.from({ length: seconds * 4 }, () => {
    waitedMs += 250 * share;
    return pulse.check({ heartbeat: 1, phase: "step" }, 250, () => waitedMs);
  });
  return told.filter((change) => change !== undefined);
}

test("a thread that waits for a processor is starved and not silent, however long", () => {
  const pulse = new Liveness();
  expect(lookStarved(pulse, 3_600, 1)).toEqual([]);
  expect(pulse.isStarved).toBe(true);
  expect(pulse.silentMs).toBeLessThan(SILENCE_MS_MAX);
  look(pulse, 2, "step");
  expect(pulse.isStarved).toBe(false);
});

test("a loop that shares the processor is silent after that much processor time", () => {
  const pulse = new Liveness();
  expect(lookStarved(pulse, 8, 0.9)).toEqual([]);
  expect(lookStarved(pulse, 20, 0.9)).toEqual(["fell_silent"]);
  expect(look(pulse, 2, "step")).toBe("recovered");
});

test("a wait that seems to have become shorter forgives nothing", () => {
  const pulse = new Liveness();
  look(pulse, 1, "step");
  const waits = [9_000, 0, 0];
  const told = [1, 2, 3, 4].map(() =>
    pulse.check({ heartbeat: 1, phase: "step" }, 500, () => waits.shift()),
  );
  expect(told.at(-1)).toBe("fell_silent");
  expect([pulse.silentMs, pulse.isStarved]).toEqual([2_000, false]);
});

test("a thread that does not wait is silent as before, and its wait is read only on suspicion", () => {
  const pulse = new Liveness();
  let asked = 0;
  const readWaitedMs = () => {
    asked += 1;
    return 5_000;
  };
  look(pulse, 1, "step");
  const told = [1, 2, 3, 4].map(() => {
    const change = pulse.check({ heartbeat: 1, phase: "step" }, 500, readWaitedMs);
    return [change, asked];
  });
  expect(told).toEqual([
    [undefined, 0],
    [undefined, 1],
    [undefined, 1],
    ["fell_silent", 2],
  ]);
  expect(pulse.isStarved).toBe(false);
});

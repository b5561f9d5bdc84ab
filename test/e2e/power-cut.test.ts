import { expect, test } from "vitest";
import { runPowerCuts } from "../support/power-cut.ts";
import { useSeed } from "../support/seed.ts";

const options = {
  timeout: 240_000,
  // It stops threads and reads their state as Linux has it.
  skip: process.platform !== "linux",
  // Nothing that is stored is synced yet.
  fails: true,
};

test(
  "after a power cut, everything that was answered is there once, and agents are where their steps are",
  options,
  async () => {
    const cuts = await runPowerCuts({ cuts: 6, seed: useSeed(), isEndedByViolation: true });
    expect(cuts.flatMap(({ violations }) => violations)).toEqual([]);
    expect(cuts.at(-1)?.answered).toBeGreaterThan(0);
    expect(Math.max(...cuts.map(({ unsynced }) => unsynced))).toBeGreaterThan(0);
  },
);

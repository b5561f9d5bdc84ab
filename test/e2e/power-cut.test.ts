import { expect, test } from "vitest";
import { runPowerCuts } from "../support/power-cut.ts";
import { useSeed } from "../support/seed.ts";

const TIMEOUT_MS = 240_000;

// It stops threads and reads their state as Linux has it.
test.skipIf(process.platform !== "linux")(
  "after a power cut, everything that was answered is there once, and agents are where their steps are",
  async () => {
    const cuts = await runPowerCuts({ cuts: 5, seed: useSeed() });
    expect(cuts.flatMap(({ violations }) => violations)).toEqual([]);
    expect(cuts.at(-1)?.answered).toBeGreaterThan(0);
    expect(Math.max(...cuts.map(({ unsynced }) => unsynced))).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

import { expect, test } from "vitest";
import { runChaos } from "../support/chaos.ts";
import { useSeed } from "../support/seed.ts";

const TIMEOUT_MS = 240_000;

test(
  "whatever is asked and however often the program dies, the tables stay true",
  async () => {
    const options = { agents: 40, mortals: 15, kills: 5, killEveryMs: 2_000, seed: useSeed() };
    const { violations, actions, steps } = await runChaos(options);
    expect(violations).toEqual([]);
    expect(actions).toBeGreaterThan(options.agents);
    expect(steps).toBeGreaterThan(options.agents);
  },
  TIMEOUT_MS,
);

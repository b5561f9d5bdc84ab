import { expect, test } from "vitest";
import { runEffectKills } from "../support/effect-kills.ts";
import { useSeed } from "../support/seed.ts";

const TIMEOUT_MS = 180_000;
const KILLS = 10;

test(
  "the program killed at random: of what agents did outside nothing is lost, and only retries are repeated",
  async () => {
    const { violations, orders } = await runEffectKills({
      agents: 6,
      kills: KILLS,
      seed: useSeed(),
    });
    expect(violations).toEqual([]);
    expect(orders).toBeGreaterThan(KILLS);
  },
  TIMEOUT_MS,
);

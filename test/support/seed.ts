/**
 * Random choices that can be replayed: with `TEST_SEED=<seed>` a test makes the choices again that it
 * made when it printed that seed. The timing of processes is not replayed.
 */

import { onTestFailed } from "vitest";
import { chooseSeed } from "./chance.ts";

/** For a test: the seed of its choices, printed if it fails. */
export function useSeed(): number {
  const seed = chooseSeed();
  onTestFailed(() => console.error(`TEST_SEED=${seed} makes the same choices again`));
  return seed;
}

/**
 * How often the process that owns a database asks and writes it: by what a request costs. On a folder it
 * costs a fraction of a millisecond; on an object store 10 to 100 ms, and money.
 *
 * There a process that writes nothing checks its claim every two minutes; it notices a pause of its own
 * by a timer that is late, and checks then. `/readyz` and a ring make it check, too, and a takeover asks
 * the earlier process for `/readyz`, which need not be reachable.
 */

import type { FlushGap } from "./lance/group-commit.ts";
import { JANITOR_LIMITS, type JanitorLimits } from "./lance/janitor.ts";
import { localFolder } from "./ownership/location.ts";

export interface StorePace {
  /** Milliseconds between two polls, up to which they back off while no other process writes. */
  readonly pollMsMax: number | null;
  /** Milliseconds after which rows are read although there is no new version. */
  readonly readMs: number;
  /**
   * Milliseconds between two checks of the claim while nothing is written: before each commit, and after a
   * pause of the process, it is checked anyway.
   */
  readonly claimMs: number;
  /** Between two flushes of steps, unless one is needed sooner; undefined: as soon as the store allows. */
  readonly stepGap: FlushGap | undefined;
  /** Milliseconds that a changed row waits for its merge, unless it is needed sooner. */
  readonly lazyMs: number;
  readonly janitor: JanitorLimits;
}

const DAY_MS = 86_400_000;

const FOLDER_PACE: StorePace = {
  pollMsMax: null,
  readMs: 30_000,
  claimMs: 1_000,
  stepGap: undefined,
  lazyMs: 1_000,
  janitor: JANITOR_LIMITS,
};

const OBJECT_STORE_PACE: StorePace = {
  pollMsMax: 30_000,
  readMs: 900_000,
  claimMs: 120_000,
  stepGap: { leastMs: 1_000, mostMs: 5_000, factor: 10 },
  lazyMs: 5_000,
  // A compaction takes some 100 requests, so it is caused by commits and hardly ever by time. It costs little
  // of the processor, and each fragment makes every read slower.
  janitor: { ...JANITOR_LIMITS, ageMs: DAY_MS, shareMax: 0.25 },
};

export function paceOf(location: string): StorePace {
  return localFolder(location) === undefined ? OBJECT_STORE_PACE : FOLDER_PACE;
}

/** What a start logs about the agents that come back. */

import type { Logger } from "pino";
import { describeDeaths, type SafeMode } from "../model/safe-mode.ts";

export function warnOfSafeMode(safeMode: SafeMode, agents: number, log: Logger): void {
  const how = "resume them one by one: troupe agent resume <id>";
  log.error(
    { agents },
    `SAFE_MODE: ${describeDeaths(safeMode)}; all agents came back paused, ${how}`,
  );
}

export function logRevival(revived: readonly Promise<void>[], log: Logger): void {
  if (revived.length > 0) log.info({ agents: revived.length }, "bringing agents back");
}

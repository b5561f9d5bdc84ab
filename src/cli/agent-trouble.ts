/** What is wrong with an agent, as one code, also if its status looks healthy. Pure. */

import type { AgentRow } from "../model/agent.ts";

export type TroubledRow = Pick<AgentRow, "status" | "iteration" | "last_error">;

/** @param unresponsiveSince as its live figures have it; null if its event loop turns or is not known */
export function troubleOf(row: TroubledRow, unresponsiveSince: number | null): string | undefined {
  const { status, last_error: error } = row;
  if (status === "error" || status === "restarting") return error?.code;
  if (isPausedByFailures(row) || (status === "paused" && error?.code === "SAFE_MODE")) {
    return error?.code;
  }
  return unresponsiveSince === null ? undefined : "unresponsive";
}

/** Paused by itself, because its steps kept failing; not by anybody since. */
export function isPausedByFailures({ status, iteration, last_error: error }: TroubledRow): boolean {
  const isPaused = status === "paused" || status === "pausing";
  if (!isPaused || error?.code !== "AGENT_PAUSED_BY_FAILURES") return false;
  // A later step means that it was resumed meanwhile.
  return error.details?.["iteration"] === iteration;
}

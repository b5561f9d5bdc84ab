/** What is wrong with an agent, even one whose status looks healthy. Pure. */

import type { AgentRow } from "../model/agent.ts";

/**
 * `error` it has failed for good · `self_paused` it paused itself because its model calls fail ·
 * `safe_mode` it was restored paused because the process died too often · `unresponsive` its event
 * loop does not turn.
 */
export const troubles = ["error", "self_paused", "safe_mode", "unresponsive"] as const;
export type Trouble = (typeof troubles)[number];

export type TroubledRow = Pick<AgentRow, "status" | "iteration" | "last_error">;

export function isTrouble(text: string): text is Trouble {
  return troubles.some((trouble) => trouble === text);
}

/** @param unresponsiveSince from its live figures; null if its event loop turns or is not known */
export function troubleOf(
  { status, iteration, last_error: error }: TroubledRow,
  unresponsiveSince: number | null,
): Trouble | null {
  if (status === "error") return "error";
  if ((status === "paused" || status === "pausing") && error !== null) {
    if (error.code === "SAFE_MODE") return "safe_mode";
    // A later step means that it was resumed since, and paused by an action.
    const since = error.details?.["iteration"] ?? iteration;
    if (error.code === "AGENT_PAUSED_BY_FAILURES" && since === iteration) return "self_paused";
  }
  return unresponsiveSince === null ? null : "unresponsive";
}

/** The trouble as one code; also the error of an agent that is being restarted. */
export function troubleCode(
  row: TroubledRow,
  unresponsiveSince: number | null,
): string | undefined {
  const trouble = troubleOf(row, unresponsiveSince);
  if (trouble === "unresponsive") return trouble;
  const hasFailed = trouble !== null || row.status === "restarting";
  return hasFailed ? row.last_error?.code : undefined;
}

/** Where a living agent is. Loads no schema library. */

import { type AgentStatus, isAlive } from "./agent.ts";

/**
 * `hot`: it has a thread · `warm`: it has none, and the process has it in memory · `cold`: it is only in the
 * table.
 */
export const residencies = ["hot", "warm", "cold"] as const;
export type Residency = (typeof residencies)[number];

/** Null for an agent that has ended. @param without of a living one without a thread; null = not known */
export function residencyOf(
  status: AgentStatus,
  live: object | null,
  without: "warm" | "cold" | null,
): Residency | null {
  if (!isAlive(status)) return null;
  return live === null ? without : "hot";
}

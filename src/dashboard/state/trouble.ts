/** What is wrong with agents, and how many of them have it by the same cause. Pure. */

import type { AgentRow } from "../../model/agent.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { AgentEntry } from "./agent-entry.ts";

/**
 * `error` it has failed for good · `self_paused` it paused itself because its model calls fail ·
 * `safe_mode` it came back paused because the process died too often · `unresponsive` its event loop
 * does not turn.
 */
export const troubles = ["error", "self_paused", "safe_mode", "unresponsive"] as const;
export type Trouble = (typeof troubles)[number];

export function isTrouble(text: string): text is Trouble {
  return troubles.some((trouble) => trouble === text);
}

type Row = Pick<AgentRow, "status" | "iteration" | "last_error">;

/** Of a row, which does not know of event loops; null where nothing is wrong. */
export function troubleOf({ status, iteration, last_error: error }: Row): Trouble | null {
  if (status === "error") return "error";
  if ((status !== "paused" && status !== "pausing") || error === null) return null;
  if (error.code === "SAFE_MODE") return "safe_mode";
  // Steps since then mean that it was resumed, and that somebody else has paused it.
  const since = error.details?.["iteration"] ?? iteration;
  return error.code === "AGENT_PAUSED_BY_FAILURES" && since === iteration ? "self_paused" : null;
}

export function troubleOfEntry(entry: AgentEntry): Trouble | null {
  const { status, iteration, error, unresponsiveSince } = entry;
  const trouble = troubleOf({ status, iteration, last_error: error });
  return trouble ?? (unresponsiveSince === null ? null : "unresponsive");
}

/** Agents with the same trouble of the same cause. */
export interface TroubleGroup {
  readonly trouble: Trouble;
  /** The code of the error that it began with; empty where there is none. */
  readonly cause: string;
  readonly ids: readonly string[];
  /** The one that it came to last. */
  readonly newest: AgentEntry;
}

/** What concerns most agents first, by kind. */
export function groupTroubles(entries: Iterable<AgentEntry>): readonly TroubleGroup[] {
  const groups = new Map<string, { trouble: Trouble; cause: string; members: AgentEntry[] }>();
  for (const entry of entries) {
    const trouble = troubleOfEntry(entry);
    if (trouble === null) continue;
    const cause = trouble === "unresponsive" ? "" : causeOf(entry.error);
    const key = `${trouble} ${cause}`;
    const group = groups.get(key) ?? { trouble, cause, members: [] };
    group.members.push(entry);
    groups.set(key, group);
  }
  return [...groups.values()].map(toGroup).sort(compareGroups);
}

/** What an error that sums up others says was the last of them, else its own code. */
function causeOf(error: ErrorData | null): string {
  const last = error?.details?.["last"];
  return typeof last === "string" ? last : (error?.code ?? "");
}

interface Members {
  readonly trouble: Trouble;
  readonly cause: string;
  readonly members: readonly AgentEntry[];
}

function toGroup({ trouble, cause, members }: Members): TroubleGroup {
  const newest = members.reduce((one, other) => (other.updatedAt > one.updatedAt ? other : one));
  return { trouble, cause, ids: members.map(({ id }) => id), newest };
}

function compareGroups(one: TroubleGroup, other: TroubleGroup): number {
  const byKind = troubles.indexOf(one.trouble) - troubles.indexOf(other.trouble);
  return byKind || other.ids.length - one.ids.length;
}

/** Agents in trouble, grouped by what it is and by its cause. Pure. */

import type { ErrorData } from "../../model/error-data.ts";
import { type AgentPicture, troubleOfAgent } from "../../picture/agent-picture.ts";
import { type Trouble, troubles } from "../../picture/trouble.ts";

/** Agents with the same trouble and the same cause. */
export interface TroubleGroup {
  readonly trouble: Trouble;
  /** Code of the error that caused it; empty if there is none. */
  readonly cause: string;
  readonly ids: readonly string[];
  /** The agent that changed last. */
  readonly newest: AgentPicture;
}

/** By kind; the group with most agents first. */
export function groupTroubles(agents: Iterable<AgentPicture>): readonly TroubleGroup[] {
  const groups = new Map<string, { trouble: Trouble; cause: string; members: AgentPicture[] }>();
  for (const agent of agents) {
    const trouble = troubleOfAgent(agent);
    if (trouble === null) continue;
    const cause = trouble === "unresponsive" ? "" : causeOf(agent.error);
    const key = `${trouble} ${cause}`;
    const group = groups.get(key) ?? { trouble, cause, members: [] };
    group.members.push(agent);
    groups.set(key, group);
  }
  return [...groups.values()].map(toGroup).sort(compareGroups);
}

/** Code of the last of the errors that this one sums up, otherwise its own. */
function causeOf(error: ErrorData | null): string {
  const last = error?.details?.["last"];
  return typeof last === "string" ? last : (error?.code ?? "");
}

interface Members {
  readonly trouble: Trouble;
  readonly cause: string;
  readonly members: readonly AgentPicture[];
}

function toGroup({ trouble, cause, members }: Members): TroubleGroup {
  const newest = members.reduce((one, other) => (other.updatedAt > one.updatedAt ? other : one));
  return { trouble, cause, ids: members.map(({ id }) => id), newest };
}

function compareGroups(one: TroubleGroup, other: TroubleGroup): number {
  const byKind = troubles.indexOf(one.trouble) - troubles.indexOf(other.trouble);
  return byKind || other.ids.length - one.ids.length;
}

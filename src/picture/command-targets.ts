/** The agents that a typed command is about. Pure. */

import { isMeantFor } from "../model/chosen-agents.ts";
import type { AgentPicture } from "./agent-picture.ts";
import type { SteerCommand } from "./command-line.ts";
import type { FleetPicture } from "./fleet-picture.ts";
import { chosenBy } from "./list-query.ts";

export type FoundTargets =
  | { readonly isOk: true; readonly ids: readonly string[] }
  | { readonly isOk: false; readonly error: string };

/** @param marked the agents that a key would act on */
export function findTargets(
  { action, targets }: SteerCommand,
  fleet: Pick<FleetPicture, "agents" | "find">,
  marked: readonly string[],
): FoundTargets {
  if (targets.kind === "marked") {
    if (marked.length > 0) return { isOk: true, ids: marked };
    return refused(`no agent is marked; ${action.word} takes ids, type=, status=, q= or all`);
  }
  if (targets.kind === "ids") {
    const missing = targets.ids.find((id) => fleet.find(id) === undefined);
    return missing === undefined
      ? { isOk: true, ids: targets.ids }
      : refused(`no agent ${missing}`);
  }
  const { choice } = targets;
  const isChosen = chosenBy(choice, newestTime(fleet.agents));
  const isMeant = ({ status }: AgentPicture) =>
    isMeantFor(action.name, status, choice.statuses.size > 0 || choice.trouble !== "");
  const ids = fleet.agents.filter((agent) => isChosen(agent) && isMeant(agent)).map(({ id }) => id);
  return ids.length > 0 ? { isOk: true, ids } : refused("no agent fits");
}

function refused(error: string): FoundTargets {
  return { isOk: false, error };
}

/** The last moment of which something is known: precise enough for troubles that pass with minutes. */
function newestTime(agents: readonly AgentPicture[]): number {
  return agents.reduce((at, { readAt, updatedAt }) => Math.max(at, readAt, updatedAt), 0);
}

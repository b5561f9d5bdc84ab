/** A look inside an agent through the tables: its mailbox is there, its thread is not. */

import type { InsideAnswers } from "../model/agent-inside.ts";
import type { AgentView } from "../model/agent-view.ts";
import { threadElsewhere, unknownAgent } from "../model/fleet-errors.ts";

/** @throws {TroupeError} `AGENT_UNKNOWN`, `SERVER_UNREACHABLE` for all that only a server can see. */
export function seenInTables<W extends keyof InsideAnswers>(
  agent: AgentView | undefined,
  agentId: string,
  what: W,
  location: string,
): InsideAnswers[W] {
  if (agent === undefined) throw unknownAgent(agentId);
  if (what !== "mailbox") throw threadElsewhere(agentId, location);
  return { items: agent.pending_guidance, next_cursor: null } as InsideAnswers[W];
}

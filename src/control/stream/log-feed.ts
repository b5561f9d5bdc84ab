/** Log lines of agents as events, while somebody who names the agent listens. */

import type { EventBus } from "../../event-bus.ts";
import type { LogLine } from "../../model/agent-inside.ts";
import type { AgentId } from "../../model/ids.ts";
import type { StreamHub } from "./hub.ts";

/** Their number is bounded where they are written: in the agent's thread, and for all of them together. */
export function logFeed(events: EventBus, stream: Pick<StreamHub, "isWanted">) {
  return (agentId: AgentId, line: LogLine): void => {
    if (stream.isWanted("agent.log", agentId)) events.publish("agent.log", line, agentId);
  };
}

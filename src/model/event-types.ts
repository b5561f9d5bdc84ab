/** The types of events. Loads no schema library; the data of each is in event-schema.ts. */

export const eventTypes = [
  "agent.status",
  "agent.step",
  "agent.guidance",
  "agent.unresponsive",
  "agent.log",
  "agent.progress",
  "action.queued",
  "action.processed",
  "llm.partial",
  "fleet.stats",
  "gap",
] as const;

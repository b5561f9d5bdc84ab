/** The end of an agent, in its row: ended on purpose, or given up. */

import type { ExitReason } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { AgentRecord } from "./agent-record.ts";

/** Resolves once the row is stored. */
export async function endAgent(record: AgentRecord, exit: ExitReason): Promise<void> {
  record.trigger("end");
  record.change({ paused: false, ended_at: Date.now(), exit_reason: exit });
  await record.save();
}

/** Puts the agent into `error`. Resolves once the row is stored. */
export async function giveUpAgent(
  record: AgentRecord,
  error: ErrorData,
  reason: "failed" | "unstartable",
): Promise<void> {
  record.trigger("give_up");
  record.change({
    last_error: { ...error, at: Date.now() },
    ended_at: Date.now(),
    exit_reason: { reason, rung: "none", took_ms: 0, note: error.message },
  });
  await record.save();
}

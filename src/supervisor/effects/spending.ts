/**
 * Puts the tokens of an agent's model calls into its row, in the order in which the calls are stored.
 *
 * The truth is `agent_effects`, where each model call of a step has a row, whatever became of the step.
 * Those rows expire, so the sums are a column of the agent's row, `usage`, an image like the rest of it.
 * It names the epoch and the id of the last call that it has, so a start knows of each stored call
 * whether it is counted. Calls outside steps, and those that only the pool reports because their thread
 * has died, have no row and are in `usage` alone.
 *
 * Rejected: sums from steps, whose rows have the last model only, and do not exist for attempts that
 * died; a table with a row for each agent and hour, which costs commits of its own.
 */

import { isAlive } from "../../model/agent.ts";
import type { EffectRow } from "../../model/effect.ts";
import type { AgentId } from "../../model/ids.ts";
import type { LlmUsage } from "../../model/llm-call.ts";
import {
  type CallPlace,
  newUsage,
  type SpentCall,
  spentCall,
  type Usage,
  withCalls,
} from "../../model/usage.ts";
import type { AgentRecord } from "../agent-record.ts";

/** What an agent has just spent. */
export interface Spending {
  readonly agentId: AgentId;
  readonly agentType: string;
  readonly calls: readonly SpentCall[];
  /** All that the agent has spent, with these calls. */
  readonly usage: Usage;
}
export type OnSpent = (spending: Spending) => void;

/** The rows are new, and in the order of their ids. */
export function spend(record: AgentRecord, rows: readonly EffectRow[], onSpent: OnSpent): void {
  const now = Date.now();
  let last: CallPlace | undefined;
  const calls = rows.flatMap((row) => {
    // The time is the thread's: one of the future would be a day that never ends.
    const call = spentCall(row, Math.min(row.ended_at ?? now, now));
    if (call === undefined) return [];
    last = { epoch: row.epoch, effect_id: row.effect_id };
    return [call];
  });
  add(record, calls, onSpent, last);
}

/** {@link spend} for calls whose thread has ended: no report follows that would store the agent's row. */
export function spendCut(record: AgentRecord, rows: readonly EffectRow[], onSpent: OnSpent): void {
  const { usage } = record.row;
  spend(record, rows, onSpent);
  if (record.row.usage !== usage && isAlive(record.row.status)) record.saveLazily();
}

/** A call without a row, as of `setup` or `onStop`. Its tokens are stored with the agent's next row. */
export function spendOutside(record: AgentRecord, usage: LlmUsage, onSpent: OnSpent): void {
  const call = spentCall(usage, Date.now());
  if (call === undefined) return;
  add(record, [call], onSpent);
  if (isAlive(record.row.status)) record.saveLazily();
}

function add(
  record: AgentRecord,
  calls: readonly SpentCall[],
  onSpent: OnSpent,
  last?: CallPlace,
): void {
  if (calls.length === 0) return;
  const { usage: before, agent_type: agentType } = record.row;
  const usage = withCalls(before ?? newUsage(record.epoch), agentType, calls, last);
  record.change({ usage });
  onSpent({ agentId: record.id, agentType, calls, usage });
}

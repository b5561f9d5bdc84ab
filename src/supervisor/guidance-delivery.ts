/** Delivers guidance to one agent: to its thread, and into its row. */

import type { Guidance } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import { fromErrorData } from "../model/revive-error.ts";
import type { AgentRecord } from "./agent-record.ts";
import { undeliverable } from "./failures.ts";
import { checkGuidanceRoom } from "./guidance-room.ts";
import type { Child } from "./thread/child.ts";

/** Guidance on its way. */
export interface Delivery {
  /** Resolves once the thread has not refused it. */
  readonly accepted: Promise<void>;
  /** Resolves once the table's row has it. */
  readonly merged: Promise<void>;
}

/**
 * @throws {TroupeError} synchronously, with nothing changed: `GUIDANCE_LIMIT`, `ACTION_MALFORMED` if it
 * cannot be sent to a thread.
 */
export function deliverGuidance(
  record: AgentRecord,
  child: Child | undefined,
  guidance: Guidance,
  mode: "next" | "now",
): Delivery {
  let answer: Promise<ErrorData | undefined> | undefined;
  try {
    checkGuidanceRoom(record.row, guidance);
    answer = child?.interrupt(guidance, mode);
  } catch (thrown) {
    throw thrown instanceof TroupeError ? thrown : undeliverable(record.id, thrown);
  }
  const merged = record.addGuidance(guidance);
  return { accepted: takeAnswer(record, guidance, answer), merged };
}

async function takeAnswer(
  record: AgentRecord,
  { action_id }: Guidance,
  answer: Promise<ErrorData | undefined> | undefined,
): Promise<void> {
  const refusal = await answer;
  if (refusal === undefined) return;
  record.dropGuidance(action_id);
  await record.save({ atOnce: true });
  throw fromErrorData(refusal);
}

/** Delivers guidance to one agent: to its thread, and into its row. */

import type { AgentRow, Guidance } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import { GUIDANCE_BYTES_MAX, GUIDANCE_ENTRIES_MAX } from "../model/limits.ts";
import { fromErrorData } from "../model/revive-error.ts";
import type { AgentRecord } from "./agent-record.ts";
import { undeliverable } from "./failures.ts";
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

const measured = new WeakMap<Guidance, number>();

/** @throws {TroupeError} `GUIDANCE_LIMIT` if too much is waiting already. */
function checkGuidanceRoom(
  { agent_id, pending_guidance: waiting }: AgentRow,
  guidance: Guidance,
): void {
  const bytes = waiting.reduce((sum, other) => sum + bytesOf(other), bytesOf(guidance));
  if (waiting.length < GUIDANCE_ENTRIES_MAX && bytes <= GUIDANCE_BYTES_MAX) return;
  throw new TroupeError(
    "GUIDANCE_LIMIT",
    `${agent_id} has ${waiting.length} interrupts waiting; at most ${GUIDANCE_ENTRIES_MAX} can, with ${GUIDANCE_BYTES_MAX} bytes in all`,
  );
}

/** Bytes of its JSON text, which is measured once. */
function bytesOf(guidance: Guidance): number {
  const known = measured.get(guidance);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(guidance));
  measured.set(guidance, bytes);
  return bytes;
}

/** The room for guidance that waits for one agent. */

import type { AgentRow, Guidance } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { GUIDANCE_BYTES_MAX, GUIDANCE_ENTRIES_MAX } from "../model/limits.ts";

const measured = new WeakMap<Guidance, number>();

/** @throws {TroupeError} `GUIDANCE_LIMIT` if too much is waiting already. */
export function checkGuidanceRoom(
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

/** Guidance that was added to an agent's row, for as long as older images of the row are around. Pure. */

import type { AgentRow, Guidance } from "./agent.ts";

export interface AddedGuidance {
  readonly guidance: Guidance;
  /** The row's iteration when it was added. */
  readonly iteration: number;
}

/**
 * Guidance that this image of the row is too old to have. Only steps remove guidance, and each step
 * is one more iteration: an image of a later iteration has it, or the step that used it.
 */
export function missingIn<Added extends AddedGuidance>(
  { iteration, pending_guidance }: Pick<AgentRow, "iteration" | "pending_guidance">,
  added: readonly Added[],
): readonly Added[] {
  if (added.length === 0) return added;
  const known = new Set(pending_guidance.map(({ action_id }) => action_id));
  return added.filter((one) => one.iteration >= iteration && !known.has(one.guidance.action_id));
}

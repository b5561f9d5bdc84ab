/** The orders of the lists that several shards have parts of. Pure. */

import type { ActionView, EffectView, ListedAgent } from "../../model/agent-view.ts";
import type { StepSpan } from "../../model/step-span.ts";

export function byAgentId(a: ListedAgent, b: ListedAgent): number {
  return compareTexts(a.agent_id, b.agent_id);
}

export function newestAction(a: ActionView, b: ActionView): number {
  return b.created_at - a.created_at || compareTexts(b.id, a.id);
}

/** Ids of effects sort by time. */
export function newestEffect(a: EffectView, b: EffectView): number {
  return compareTexts(b.effect_id, a.effect_id);
}

/** Ids of steps sort by time. */
export function newestStep(a: StepSpan, b: StepSpan): number {
  return compareTexts(b.step_id, a.step_id);
}

/** By their bytes, as the database compares. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What the effects of an agent use of their surroundings. Types only. */

import type { Logger } from "pino";
import type { LlmReport } from "../../boundary/protocol.ts";
import type { EffectRow } from "../../model/effect.ts";
import type { AgentId } from "../../model/ids.ts";
import type { LlmUsage } from "../../model/llm-call.ts";
import type { EffectTable } from "../../store/tables/effect-table.ts";
import type { Child } from "../thread/child.ts";
import type { OnSpent } from "./spending.ts";

/** What all agents' effects share. */
export interface SharedEffectsOptions {
  readonly table: EffectTable;
  /** What keys of effects are made of, next to the agent's id: different for each database. */
  readonly seed: string;
  /** True if what was asked is stored, too. Read for each effect. */
  readonly keepsInput: () => boolean;
  readonly onSpent: OnSpent;
}

export interface AgentEffectsOptions extends SharedEffectsOptions {
  readonly log: Logger;
  /** The step of this thread cannot continue before the effect is resolved. */
  readonly onAsk: (agentId: AgentId, child: Child, effect: EffectRow) => void;
}

/** Makes a model call; `onAttempt` must be called for each time it is sent, `onUsage` when that has ended. */
export type PassCall = (
  report: LlmReport,
  onAttempt: () => void,
  onUsage?: (usage: LlmUsage) => void,
) => void;

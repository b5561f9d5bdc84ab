/** Settles unknown effects on request, whether their agent lives or not. */

import type { AgentId } from "../../model/ids.ts";
import type { EffectTable } from "../../store/tables/effect-table.ts";
import type { ManagedAgent } from "../managed-agent.ts";
import { forgetUnknown, isHeldFor, type Resolution, settleEffect } from "./effect-hold.ts";

export class EffectResolver {
  readonly #table: EffectTable;
  readonly #find: (agentId: AgentId) => ManagedAgent | undefined;

  constructor(table: EffectTable, find: (agentId: AgentId) => ManagedAgent | undefined) {
    this.#table = table;
    this.#find = find;
  }

  /**
   * Stores the outcome; an agent that is paused for the effect continues. Resolves once both are stored.
   * @throws {TroupeError} as {@link settleEffect}.
   */
  async resolve(
    agentId: AgentId,
    { effectId, resolution }: { readonly effectId: string; readonly resolution: Resolution },
    actionId: string,
  ): Promise<void> {
    const agent = this.#find(agentId);
    const isRunning = agent?.effects.isRunning(effectId) === true;
    await settleEffect(this.#table, { agentId, effectId, isRunning }, resolution);
    if (agent === undefined) return;
    agent.effects.countResolved();
    const { record } = agent;
    const isHeld = isHeldFor(record.row, effectId);
    const isNamed = forgetUnknown(record, effectId);
    if (isHeld) await agent.resume(actionId);
    else if (isNamed) await record.save({ atOnce: true });
  }
}

/**
 * What becomes of an agent whose step asks about an unknown effect: it is paused until that is resolved.
 *
 * The step can neither continue nor be told so by an error, which its code could catch. So its promise
 * stays open and its thread ends, which is no failure; the agent rests, and runs the step again once the
 * effect is resolved. It is paused only once the table has the effect: other processes read in the
 * agent's row which effect holds it, and must find that.
 */

import type { Logger } from "pino";
import type { AgentRow } from "../../model/agent.ts";
import type { EffectRow } from "../../model/effect.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { TroupeError } from "../../model/errors.ts";
import type { AgentId } from "../../model/ids.ts";
import type { EffectTable } from "../../store/tables/effect-table.ts";
import type { AgentRecord } from "../agent-record.ts";
import type { ManagedAgent } from "../managed-agent.ts";

/** The outcome, from somebody who knows it: the effect has taken place, with this result, or may be done again. */
export type Resolution =
  | { readonly outcome: "done"; readonly valueJson: string | null }
  | { readonly outcome: "retry" };

/** @param wasPaused true if somebody else had paused the agent: then its resume is not ours */
function effectUnknown(
  { agent_id, effect_id, key, iteration }: EffectRow,
  wasPaused: boolean,
): ErrorData {
  const message = `${agent_id} paused itself: nobody knows whether "${key}" took place in its step ${iteration}; troupe effect resolve ${effect_id}`;
  return {
    code: "EFFECT_UNKNOWN",
    message,
    details: { effect_id, key, iteration, was_paused: wasPaused },
  };
}

/**
 * The step runs again once the effect is resolved; until then the agent has no thread. If it was resolved
 * before, the next thread receives that, and runs the step immediately.
 */
export function holdForEffect({ record, rest, child }: HeldAgent, effect: EffectRow, log: Logger) {
  if (child === undefined) return;
  if (effect.state === "done" || effect.state === "failed") {
    rest.hold(child);
    return;
  }
  const wasPaused = record.row.paused;
  if (!wasPaused && !record.trigger("pause")) return;
  const error = effectUnknown(effect, wasPaused);
  record.change({ paused: true, last_error: { ...error, at: Date.now() } });
  rest.hold(child);
  record.save().catch(() => undefined); // once more when the thread has ended
  log.warn({ agent: record.id, error }, "agent paused itself");
}

type HeldAgent = Pick<ManagedAgent, "record" | "rest" | "child">;

/** True if the agent is paused for this effect alone. */
function isHeldFor({ paused, last_error }: AgentRow, effectId: string): boolean {
  if (!paused || last_error?.code !== "EFFECT_UNKNOWN") return false;
  const { effect_id, was_paused } = last_error.details ?? {};
  return effect_id === effectId && was_paused !== true;
}

/** The error that named the effect is over. The caller decides whether the row is stored with that. */
function forgetUnknown(record: AgentRecord, effectId: string): boolean {
  const { last_error } = record.row;
  const isNamed =
    last_error?.code === "EFFECT_UNKNOWN" && last_error.details?.["effect_id"] === effectId;
  if (isNamed) record.change({ last_error: null });
  return isNamed;
}

export interface ResolvedEffect {
  readonly agentId: AgentId;
  readonly effectId: string;
  readonly resolution: Resolution;
}

/**
 * Stores the outcome of an unknown effect; an agent that is paused for the effect continues. Resolves once
 * both are stored.
 * @param agent undefined if it has ended
 * @throws {TroupeError} as {@link settleEffect}.
 */
export async function resolveEffect(
  table: EffectTable,
  agent: ManagedAgent | undefined,
  { agentId, effectId, resolution }: ResolvedEffect,
  actionId: string,
): Promise<void> {
  const isRunning = agent?.effects.isRunning(effectId) === true;
  await settleEffect(table, { agentId, effectId, isRunning }, resolution);
  if (agent === undefined) return;
  agent.effects.countResolved();
  const { record } = agent;
  const isHeld = isHeldFor(record.row, effectId);
  const isNamed = forgetUnknown(record, effectId);
  if (isHeld) await agent.resume(actionId);
  else if (isNamed) await record.save({ atOnce: true });
}

/**
 * Stores the outcome of an unknown effect. A second call with the same outcome changes nothing.
 * @param isRunning true if the function of the effect may still run
 * @throws {TroupeError} `EFFECT_NOT_FOUND` unless the agent has this effect; `EFFECT_SETTLED` unless it is
 * unknown.
 */
export async function settleEffect(
  table: EffectTable,
  { agentId, effectId, isRunning }: SettledEffect,
  resolution: Resolution,
): Promise<void> {
  const row = await table.reads.find(effectId);
  if (row?.agent_id !== agentId || row.kind !== "once") throw notFound(agentId, effectId);
  const isDone = resolution.outcome === "done";
  const state = isDone ? "done" : "failed";
  const value = isDone ? resolution.valueJson : null;
  if (row.state === state && row.value === value) return;
  if (row.state === "done" || row.state === "failed") throw settled(row, `is ${row.state} already`);
  if (row.state === "started" && isRunning) throw settled(row, "is being carried out");
  // It ended when its call did, if anybody knows when, and not now.
  await table.keep({ ...row, state, value, error: null });
}

export interface SettledEffect {
  readonly agentId: string;
  readonly effectId: string;
  readonly isRunning: boolean;
}

function notFound(agentId: string, effectId: string): TroupeError {
  const message = `${agentId} has no effect ${effectId} of ctx.once`;
  return new TroupeError("EFFECT_NOT_FOUND", message, { details: { effect_id: effectId } });
}

function settled({ effect_id, key, state }: EffectRow, what: string): TroupeError {
  const message = `effect ${effect_id} ("${key}") ${what}; only an unknown one can be resolved`;
  return new TroupeError("EFFECT_SETTLED", message, { details: { effect_id, state } });
}

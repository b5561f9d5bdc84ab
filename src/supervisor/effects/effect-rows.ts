/** Rows of effects as threads and model calls see them. */

import type { EffectReport, LlmReport, RecalledEffect } from "../../boundary/protocol.ts";
import type { EffectRow } from "../../model/effect.ts";
import { newEffectId } from "../../model/ids.ts";
import type { LlmReply } from "../../model/llm-call.ts";
import type { EffectOwner } from "./asked-calls.ts";

/** What a row of `ctx.once` does not have. */
const emptyRow = {
  kind: "once",
  input_hash: "",
  input: null,
  model: null,
  input_tokens: null,
  output_tokens: null,
  wait_ms: null,
  retries: null,
} as const;

/** The state of a `ctx.once` that a thread reports. */
export function onceRow(
  { iteration, turn, key, state, valueJson, error, startedAt, endedAt }: EffectReport,
  owner: EffectOwner,
  effectId: string,
): EffectRow {
  return {
    ...emptyRow,
    ...owner,
    effect_id: effectId,
    iteration,
    turn,
    name: key,
    key,
    state,
    value: valueJson,
    error,
    started_at: Math.round(startedAt),
    ended_at: endedAt === null ? null : Math.round(endedAt),
  };
}

export function isOnce({ kind }: EffectRow): boolean {
  return kind === "once";
}

/** A row as its agent's next thread receives it. */
export function toRecalled({ effect_id, key, state, value, error }: EffectRow): RecalledEffect {
  const isDone = state === "done";
  return {
    effectId: effect_id,
    key,
    state: isDone ? "done" : "unknown",
    valueJson: isDone ? value : null,
    error: isDone ? error : null,
  };
}

/** The row of a call that was answered from an earlier step's: nothing of it is paid. */
export function repeatedCall(
  known: EffectRow,
  owner: EffectOwner & Pick<EffectRow, "iteration">,
  at: number,
): EffectRow {
  const free = { input_tokens: null, output_tokens: null, wait_ms: null, retries: 0 };
  return {
    ...known,
    ...owner,
    ...free,
    effect_id: newEffectId(),
    started_at: at,
    ended_at: at,
  };
}

/** Answers a model call from its row. */
export function sendAnswer({ request, port }: LlmReport, row: EffectRow): void {
  const value: unknown = JSON.parse(row.value ?? "null");
  const { model, input_tokens, output_tokens } = row;
  if (request.wantsPartials) port.postMessage({ kind: "partial", value } satisfies LlmReply);
  const usage = { model, input_tokens, output_tokens };
  port.postMessage({ kind: "done", value, usage } satisfies LlmReply);
  port.close();
}

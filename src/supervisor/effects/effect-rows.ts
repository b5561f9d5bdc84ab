/** Rows of effects as threads and model calls see them. */

import type { LlmReport, RecalledEffect } from "../../boundary/protocol.ts";
import type { EffectRow } from "../../model/effect.ts";
import type { LlmReply } from "../../model/llm-call.ts";

/** What a row of `ctx.once` does not have. */
export const emptyRow = {
  kind: "once",
  input_hash: "",
  input: null,
  model: null,
  input_tokens: null,
  output_tokens: null,
  wait_ms: null,
  retries: null,
} as const;

export function isOnce({ kind }: EffectRow): boolean {
  return kind === "once";
}

/** A row as its agent's next thread is told of it. */
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

/** Answers a model call from its row. */
export function sendAnswer({ request, port }: LlmReport, row: EffectRow): void {
  const value: unknown = JSON.parse(row.value ?? "null");
  const { model, input_tokens, output_tokens } = row;
  if (request.wantsPartials) port.postMessage({ kind: "partial", value } satisfies LlmReply);
  const usage = { model, input_tokens, output_tokens };
  port.postMessage({ kind: "done", value, usage } satisfies LlmReply);
  port.close();
}

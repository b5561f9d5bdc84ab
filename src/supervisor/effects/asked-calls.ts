/**
 * The model calls of one thread's steps, on the main thread: recognises one that an earlier thread made in
 * the open turn, and makes the row of each that ends.
 */

import { hash } from "node:crypto";
import type { EndedCall, LlmReport } from "../../boundary/protocol.ts";
import { cutText } from "../../model/cut-text.ts";
import type { EffectRow } from "../../model/effect.ts";
import { newEffectId } from "../../model/ids.ts";
import { MODEL_CHARS_MAX } from "../../model/limits.ts";
import type { LlmUsage } from "../../model/llm-call.ts";

/** What a call asks, and its number among the calls of its step that ask the same. */
export interface AskedCall {
  readonly iteration: number;
  readonly name: string;
  readonly inputHash: string;
  readonly nth: number;
  /** JSON text of its arguments; null unless prompts are kept. */
  readonly input: string | null;
  readonly askedAt: number;
  /** How often it was made, and milliseconds until it was made last. */
  attempts: number;
  waitMs: number | null;
  /** What its last attempt has cost, as the pool reports it; its thread may die before it reports the same. */
  usage: LlmUsage | null;
  /** True once {@link AskedCalls.cut} has made its row: the tokens of an attempt that ends later are not in it. */
  isCut: boolean;
}

/** The columns of a row that say whose it is. */
export type EffectOwner = Pick<EffectRow, "agent_id" | "generation" | "turn" | "epoch">;

export class AskedCalls {
  readonly #open = new Map<number, AskedCall>();
  /** How often each question was asked in the step. */
  readonly #counts = new Map<string, number>();
  #iteration = 0;

  /** @param iteration of the step that makes the call */
  begin({ request, call }: LlmReport, iteration: number, keepsInput: boolean): AskedCall {
    if (iteration !== this.#iteration) this.#counts.clear();
    this.#iteration = iteration;
    const { function: name, args, model } = request;
    const input = JSON.stringify(args);
    const inputHash = hash("sha256", JSON.stringify([name, model ?? null, input]));
    const nth = (this.#counts.get(inputHash) ?? 0) + 1;
    this.#counts.set(inputHash, nth);
    const asked: AskedCall = {
      iteration,
      name,
      inputHash,
      nth,
      input: keepsInput ? input : null,
      askedAt: Date.now(),
      attempts: 0,
      waitMs: null,
      usage: null,
      isCut: false,
    };
    this.#open.set(call, asked);
    return asked;
  }

  /** True if a step has made a call, whatever has answered it. */
  hasAsked(iteration: number): boolean {
    return this.#iteration === iteration;
  }

  /** The call was answered from the memo: its row is there. */
  forget(call: number): void {
    this.#open.delete(call);
  }

  /** The rows of calls that have ended. */
  end(calls: readonly EndedCall[], owner: EffectOwner): readonly EffectRow[] {
    return calls.flatMap((ended) => {
      const asked = this.#open.get(ended.call);
      this.#open.delete(ended.call);
      return asked === undefined ? [] : rowOf(asked, ended, owner);
    });
  }

  /** The rows of calls that the thread's end has cut off. They have the tokens of answers that it took along. */
  cut(owner: EffectOwner): readonly EffectRow[] {
    const message = "the agent's thread ended before it reported the answer";
    const end = { valueJson: null, error: { code: "LLM_ABORTED", message }, endedAt: Date.now() };
    const rows = [...this.#open].map(([call, asked]) => {
      asked.isCut = true;
      const { askedAt: startedAt, usage } = asked;
      return rowOf(asked, { call, startedAt, usage, ...end }, owner);
    });
    this.#open.clear();
    return rows;
  }
}

/** The call is sent to a model. */
export function countAttempt(asked: AskedCall): void {
  asked.attempts += 1;
  asked.waitMs = Date.now() - asked.askedAt;
}

/** True if the row has the answer to the same question, which its step had asked as often before. */
export function isAnswerTo(row: EffectRow, asked: AskedCall): boolean {
  return row.input_hash === asked.inputHash && row.key === String(asked.nth) && row.value !== null;
}

function rowOf(asked: AskedCall, ended: EndedCall, owner: EffectOwner): EffectRow {
  const { valueJson, error, usage, startedAt, endedAt } = ended;
  const model = usage?.model ?? null;
  return {
    effect_id: newEffectId(),
    ...owner,
    iteration: asked.iteration,
    kind: "model",
    name: asked.name,
    key: String(asked.nth),
    input_hash: asked.inputHash,
    input: asked.input,
    state: error === null ? "done" : "failed",
    value: valueJson,
    error,
    model: model === null ? null : cutText(model, MODEL_CHARS_MAX),
    input_tokens: usage?.input_tokens ?? null,
    output_tokens: usage?.output_tokens ?? null,
    wait_ms: asked.waitMs,
    retries: Math.max(0, asked.attempts - 1),
    started_at: Math.round(startedAt),
    ended_at: Math.round(endedAt),
  };
}

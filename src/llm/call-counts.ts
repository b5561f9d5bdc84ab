/** Counts model calls, their tokens, and what they cost by the prices in models.json. */

import type { CallEnd } from "./call-task.ts";
import type { Model } from "./model-client.ts";

/** Counted since the gateway was opened. */
export interface LlmCounters extends CallTotals {
  readonly inFlight: number;
  readonly waiting: number;
}

interface CallTotals {
  /** Calls that were made and have ended; one that is made again counts again. */
  readonly calls: number;
  /** How many of these failed, without aborted ones. */
  readonly failures: number;
  /** How many of these were aborted, by their agent or because it ended. */
  readonly aborted: number;
  /** Calls that failed before they were made. */
  readonly refused: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, of models that have a price. */
  readonly costUsd: number;
}

export class CallCounts {
  readonly #counts = {
    calls: 0,
    failures: 0,
    aborted: 0,
    refused: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
  };

  get totals(): CallTotals {
    return { ...this.#counts };
  }

  add({ code, usage }: CallEnd, { price }: Pick<Model, "price">): void {
    this.#counts.calls += 1;
    if (code === "LLM_ABORTED") this.#counts.aborted += 1;
    else if (code !== null) this.#counts.failures += 1;
    const { input_tokens: input, output_tokens: output } = usage;
    this.#counts.inputTokens += input ?? 0;
    this.#counts.outputTokens += output ?? 0;
    if (price === undefined) return;
    this.#counts.costUsd += ((input ?? 0) * price.input + (output ?? 0) * price.output) / 1e6;
  }

  /** A call whose thread has ended. */
  addLost(): void {
    this.#counts.calls += 1;
    this.#counts.failures += 1;
  }

  addRefused(): void {
    this.#counts.refused += 1;
  }
}

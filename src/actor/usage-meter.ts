/** Adds up what the model calls of one step cost. */

import type { LlmUsage } from "../model/llm-call.ts";

export class UsageMeter {
  #sum: LlmUsage | null = null;

  readonly add = (usage: LlmUsage): void => {
    this.#sum = {
      model: usage.model ?? this.#sum?.model ?? null,
      input_tokens: plus(this.#sum?.input_tokens ?? null, usage.input_tokens),
      output_tokens: plus(this.#sum?.output_tokens ?? null, usage.output_tokens),
    };
  };

  /** The sum since the last taking; null where no call was made. */
  take(): LlmUsage | null {
    const sum = this.#sum;
    this.#sum = null;
    return sum;
  }
}

/** Null means unknown: it adds nothing, and two unknowns stay unknown. */
function plus(a: number | null, b: number | null): number | null {
  return a === null ? b : a + (b ?? 0);
}

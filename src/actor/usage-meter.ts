/**
 * Sums the tokens of one step's model calls. A provider may report anything; a value that no column can
 * hold counts as unknown, so that it does not make the whole step's report invalid.
 */

import { cutText } from "../model/cut-text.ts";
import { MODEL_CHARS_MAX } from "../model/limits.ts";
import type { LlmUsage } from "../model/llm-call.ts";

export class UsageMeter {
  #sum: LlmUsage | null = null;

  readonly add = (usage: LlmUsage): void => {
    this.#sum = {
      model: shortened(usage.model) ?? this.#sum?.model ?? null,
      input_tokens: plus(this.#sum?.input_tokens ?? null, usage.input_tokens),
      output_tokens: plus(this.#sum?.output_tokens ?? null, usage.output_tokens),
    };
  };

  /** The sum since the last call; null without a model call. */
  take(): LlmUsage | null {
    const sum = this.#sum;
    this.#sum = null;
    return sum;
  }
}

/** Null means unknown: it adds nothing, and two unknowns stay unknown. */
function plus(a: number | null, b: number | null): number | null {
  if (b === null || !isCount(b)) return a;
  return a === null ? b : Math.min(a + b, Number.MAX_SAFE_INTEGER);
}

function shortened(model: string | null): string | null {
  return model === null ? null : cutText(model, MODEL_CHARS_MAX);
}

function isCount(tokens: number): boolean {
  return Number.isSafeInteger(tokens) && tokens >= 0;
}

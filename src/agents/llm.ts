/** `ctx.llm`: one typed method for each BAML function. Types only. */

import type { BamlFunctions } from "../../baml_client/by-name.js";

/**
 * The BAML functions. Own ones are declared here by `.troupe/llm.d.ts`, which `troupe baml` and
 * `troupe start` write.
 */
export interface LlmFunctions extends BamlFunctions {}

export type Llm = { readonly [N in keyof LlmFunctions]: LlmFunction<LlmFunctions[N]> };

/** The types of one function. */
interface FunctionTypes {
  readonly args: object;
  /** The answer while it grows. */
  readonly partial: unknown;
  readonly result: unknown;
}

/**
 * One BAML function. Rejects with a {@link TroupeError} whose code begins with `LLM_`; never returns
 * half an answer.
 */
type LlmFunction<F extends FunctionTypes> = (
  ...parameters: Record<never, never> extends F["args"]
    ? [args?: DeepReadonly<F["args"]>, options?: LlmCallOptions<F["partial"]>]
    : [args: DeepReadonly<F["args"]>, options?: LlmCallOptions<F["partial"]>]
) => Promise<F["result"]>;

export interface LlmCallOptions<P = unknown> {
  /** Name of a model in `models.json`, or `default`. Overrides the model of the agent and of its type. */
  readonly model?: string;
  /** Aborts this call; so does the end of the step. */
  readonly signal?: AbortSignal;
  /**
   * True if the model is asked even where the step is run again after its thread or process died, and had
   * this answer before. Left out: such an answer is used, and not paid again.
   */
  readonly fresh?: boolean;
  /** Called with the answer so far, at most about 20 times a second. */
  readonly onPartial?: (partial: P) => void;
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** An image, audio, video or PDF as an argument: its address, or its bytes in Base64. */
export type LlmMedia =
  | { readonly url: string; readonly media_type?: string }
  | { readonly base64: string; readonly media_type: string };

/** A model call as data: the request of an agent's thread, and the replies over the call's own port. */

import type { ErrorData } from "./error-data.ts";

/** One call. BAML checks its arguments, in the pool. */
export interface LlmRequest {
  /** Name of the BAML function. */
  readonly function: string;
  /** Its arguments by name; must survive a structured clone. */
  readonly args: Readonly<Record<string, unknown>>;
  /** True if the caller wants the growing answer, too. */
  readonly wantsPartials: boolean;
  /** Name of the model, if the caller chooses it; a call that names none has none. */
  readonly model?: string | undefined;
}

/** The cost of one call. Null if the provider did not report it. */
export interface LlmUsage {
  readonly model: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

/**
 * A message of the pool over the port of a call: any number of partials, then one ending, after which
 * the pool closes the port. A port that closes without an ending means that the pool's thread died.
 */
export type LlmReply =
  | { readonly kind: "partial"; readonly value: unknown }
  | { readonly kind: "done"; readonly value: unknown; readonly usage: LlmUsage }
  | { readonly kind: "failed"; readonly error: ErrorData; readonly usage: LlmUsage };

/**
 * Name in the `details` of an `LLM_RATE_LIMITED` error: milliseconds after which the endpoint may be
 * called again, from the provider's `Retry-After`.
 */
export const RETRY_AFTER_DETAIL = "retry_after_ms";

/** Longest wait that is believed, in milliseconds: a provider that means more is called again then. */
export const RETRY_AFTER_MS_MAX = 15 * 60_000;

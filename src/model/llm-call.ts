/** A model call as data: what an agent's thread asks for and what comes back over the call's own port. */

import type { ErrorData } from "./error-data.ts";

/** What one call asks for. The arguments are checked by BAML, in the pool. */
export interface LlmRequest {
  /** Name of the BAML function. */
  readonly function: string;
  /** Its arguments by name; must survive a structured clone. */
  readonly args: Readonly<Record<string, unknown>>;
  /** True where the caller wants the answer as it grows. */
  readonly wantsPartials: boolean;
}

/** What one call cost. Null where the provider did not say. */
export interface LlmUsage {
  readonly model: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

/**
 * What the pool sends over the port of a call: any number of partials, then one ending, after which
 * it closes the port. A port that closes without an ending means that the pool's thread died.
 */
export type LlmReply =
  | { readonly kind: "partial"; readonly value: unknown }
  | { readonly kind: "done"; readonly value: unknown; readonly usage: LlmUsage }
  | { readonly kind: "failed"; readonly error: ErrorData; readonly usage: LlmUsage };

/**
 * Milliseconds after which a failing endpoint may be asked again, as the provider said with
 * `Retry-After`. Carried in `details` of an `LLM_RATE_LIMITED` error under this name.
 */
export const RETRY_AFTER_DETAIL = "retry_after_ms";

/**
 * The finish reasons of an incomplete or withheld answer, of all providers, in lower case and compared without
 * regard to it: data alone. Pure.
 */

export const cutReasons: readonly string[] = [
  "length",
  "max_tokens",
  "max_output_tokens",
  "model_length",
  "model_context_window_exceeded",
  "content_filter",
  "refusal",
  "safety",
  "recitation",
  "blocklist",
  "prohibited_content",
  "spii",
  // Broken off by the provider, or by a server behind it.
  "error",
  "abort",
  "insufficient_system_resource",
  "other",
  "pause_turn",
];

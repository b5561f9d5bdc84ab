/**
 * How a streamed answer ended, read from its events, because BAML takes a stream that just stops for
 * a whole one, and overlooks how Anthropic's end. Pure.
 */

import { parseJsonObject } from "../model/parse-json.ts";

/** What the events of one stream say about its end. */
export interface StreamEnd {
  /** True where the provider said that the answer is complete, or why it is not. */
  readonly isMarked: boolean;
  /** The provider's reason to end where it gave one. */
  readonly finishReason: string | null;
  /** Tokens of the answer where a late event counts them in Anthropic's way. */
  readonly outputTokens: number | null;
}

/** Reasons that mean that the answer is not what was asked for, in lower case. */
const cutReasons: readonly string[] = [
  "length",
  "max_tokens",
  "content_filter",
  "refusal",
  "safety",
  "recitation",
  "model_context_window_exceeded",
];

/** Reads the events' data, oldest first. Of OpenAI's, Anthropic's and Google's protocols. */
export function readStreamEnd(events: readonly string[]): StreamEnd {
  let isMarked = false;
  let finishReason: string | null = null;
  let outputTokens: number | null = null;
  // The end is at the end: the pieces of text before it are not parsed.
  for (const text of events.toReversed()) {
    const event: StreamEvent | undefined =
      text.trim() === "[DONE]" ? { type: "message_stop" } : parseJsonObject(text);
    isMarked ||= event?.type === "message_stop";
    finishReason ??= reasonOf(event);
    if (event?.type === "message_delta") outputTokens ??= event.usage?.output_tokens ?? null;
    if (finishReason !== null) break;
  }
  return { isMarked: isMarked || finishReason !== null, finishReason, outputTokens };
}

/** True for an end that leaves the answer unusable. */
export function isCut({ isMarked, finishReason }: StreamEnd): boolean {
  return !isMarked || cutReasons.includes(finishReason?.toLowerCase() ?? "");
}

interface StreamEvent {
  readonly type?: string;
  readonly choices?: readonly { readonly finish_reason?: string | null }[];
  readonly candidates?: readonly { readonly finishReason?: string | null }[];
  readonly delta?: { readonly stop_reason?: string | null };
  readonly usage?: { readonly output_tokens?: number };
}

function reasonOf(event: StreamEvent | undefined): string | null {
  return (
    event?.choices?.[0]?.finish_reason ||
    event?.candidates?.[0]?.finishReason ||
    event?.delta?.stop_reason ||
    null
  );
}

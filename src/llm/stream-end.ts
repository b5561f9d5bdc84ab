/**
 * How a streamed answer ended, read from its events, because BAML takes a stream that just stops for
 * a whole one, and misses the end of Anthropic's streams. Pure.
 */

import { parseJsonObject } from "../model/parse-json.ts";

export interface StreamEnd {
  /** True if the provider marked the answer as complete, or gave a reason why it is not. */
  readonly isMarked: boolean;
  /** The provider's finish reason, if any. */
  readonly finishReason: string | null;
  /** Tokens of the answer, if a late event counts them as Anthropic does. */
  readonly outputTokens: number | null;
}

/** Finish reasons of an incomplete or withheld answer, in lower case. */
const cutReasons: readonly string[] = [
  "length",
  "max_tokens",
  "content_filter",
  "refusal",
  "safety",
  "recitation",
  "model_context_window_exceeded",
];

/** @param events the events' data, oldest first, in OpenAI's, Anthropic's or Google's protocol */
export function readStreamEnd(events: readonly string[]): StreamEnd {
  let isMarked = false;
  let finishReason: string | null = null;
  let outputTokens: number | null = null;
  // From the back, so that the pieces of text before the end are not parsed.
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

/** True if the answer is unusable. */
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

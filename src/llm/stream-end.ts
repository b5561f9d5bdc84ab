/**
 * How a streamed answer ended, read from its events, because BAML takes a stream that just stops for
 * a whole one, and misses the end of Anthropic's streams. Pure.
 */

import { parseJsonObject } from "../model/parse-json.ts";
import { cutReasons } from "./cut-reasons.ts";

export interface StreamEnd {
  /** True if the provider marked the answer as complete, or gave a reason why it is not. */
  readonly isMarked: boolean;
  /** The provider's finish reason, if any. */
  readonly finishReason: string | null;
  /** Tokens of the answer, if a late event counts them as Anthropic does. */
  readonly outputTokens: number | null;
}

/**
 * @param events the events' data, oldest first, in OpenAI's, Anthropic's or Google's protocol; or the body of an
 * answer to OpenAI's Responses, in place of the one event that has it
 */
export function readStreamEnd(events: readonly string[]): StreamEnd {
  let isMarked = false;
  let finishReason: string | null = null;
  let outputTokens: number | null = null;
  // From the back, so that the pieces of text before the end are not parsed.
  for (const text of events.toReversed()) {
    const event: StreamEvent | undefined =
      text.trim() === "[DONE]" ? { type: "message_stop" } : parseJsonObject(text);
    isMarked ||= endMarks.includes(event?.type ?? "");
    finishReason ??= reasonOf(event);
    if (event?.type === "message_delta") outputTokens ??= event.usage?.output_tokens ?? null;
    if (finishReason !== null) break;
  }
  return { isMarked: isMarked || finishReason !== null, finishReason, outputTokens };
}

/** True if the answer is unusable. */
export function isCut(end: StreamEnd): boolean {
  return !end.isMarked || isSaidCut(end);
}

/** True if the provider itself calls it incomplete or withheld. */
export function isSaidCut({ finishReason }: StreamEnd): boolean {
  return cutReasons.includes(finishReason?.toLowerCase() ?? "");
}

/** Anthropic's, OpenAI's for its Responses. */
const endMarks: readonly string[] = ["message_stop", "response.completed"];

interface StreamEvent {
  readonly type?: string;
  readonly choices?: readonly { readonly finish_reason?: string | null }[];
  readonly candidates?: readonly { readonly finishReason?: string | null }[];
  readonly delta?: { readonly stop_reason?: string | null };
  readonly usage?: { readonly output_tokens?: number };
  readonly response?: ResponsesAnswer;
}

interface ResponsesAnswer {
  readonly incomplete_details?: { readonly reason?: string } | null;
}

function reasonOf(event: StreamEvent | undefined): string | null {
  return (
    event?.choices?.[0]?.finish_reason ||
    event?.candidates?.[0]?.finishReason ||
    event?.delta?.stop_reason ||
    event?.response?.incomplete_details?.reason ||
    (event as ResponsesAnswer | undefined)?.incomplete_details?.reason ||
    null
  );
}

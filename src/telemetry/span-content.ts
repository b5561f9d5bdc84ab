/** What was said, as attributes of spans: prompts, answers, arguments, results. Pure. */

import type { Attributes } from "@opentelemetry/api";
import { cutText } from "../model/cut-text.ts";
import { defined } from "../model/defined.ts";
import type { EffectRow } from "../model/effect.ts";
import type { StepRow } from "../model/step.ts";

/**
 * Characters of one text; the rest is cut. A full batch of spans with two texts each is smaller than the
 * 20 MiB that collectors accept in one request.
 */
export const CONTENT_CHARS_MAX = 16_384;

export function stepContent({ subject, result }: StepRow): Attributes {
  return defined({
    "gen_ai.input.messages": subject === null ? undefined : said("user", subject),
    "gen_ai.output.messages": result === null ? undefined : said("assistant", result),
  });
}

export function callContent({ input, value }: EffectRow): Attributes {
  return defined({
    "gen_ai.input.messages": input === null ? undefined : said("user", input),
    "gen_ai.output.messages": value === null ? undefined : said("assistant", value),
  });
}

export function toolContent({ input, value }: EffectRow): Attributes {
  return defined({
    "gen_ai.tool.call.arguments": input === null ? undefined : cutText(input, CONTENT_CHARS_MAX),
    "gen_ai.tool.call.result": value === null ? undefined : cutText(value, CONTENT_CHARS_MAX),
  });
}

/** One message in the conventions' form, as JSON text. */
function said(role: "user" | "assistant", text: string): string {
  const parts = [{ type: "text", content: cutText(text, CONTENT_CHARS_MAX) }];
  return JSON.stringify([
    role === "assistant" ? { role, parts, finish_reason: "stop" } : { role, parts },
  ]);
}

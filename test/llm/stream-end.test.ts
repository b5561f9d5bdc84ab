import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCut, readStreamEnd } from "../../src/llm/stream-end.ts";

function openai(finish: string | null): string {
  return JSON.stringify({ choices: [{ delta: { content: "x" }, finish_reason: finish }] });
}
const anthropicEnd = (reason: string) => [
  '{"type":"content_block_delta","delta":{"type":"text_delta","text":"x"}}',
  `{"type":"message_delta","delta":{"stop_reason":"${reason}"},"usage":{"output_tokens":6}}`,
  '{"type":"message_stop"}',
];
const responses = (status: string, reason?: string) =>
  JSON.stringify({
    type: `response.${status}`,
    response: { status, incomplete_details: reason === undefined ? null : { reason } },
  });
const delta = '{"type":"response.output_text.delta","delta":"x"}';
const google = (reason?: string) => JSON.stringify({ candidates: [{ finishReason: reason }] });

describe("stream end", () => {
  it.each([
    ["OpenAI with a reason", [openai(null), openai("stop"), "[DONE]"]],
    ["OpenAI without the mark", [openai(null), openai("stop")]],
    ["OpenAI without a reason", [openai(null), "[DONE]"]],
    ["OpenAI with usage after the reason", [openai("stop"), '{"choices":[],"usage":{}}']],
    ["Anthropic", anthropicEnd("end_turn")],
    ["Google", [google(), google("STOP")]],
    ["OpenAI's Responses", [responses("created"), delta, responses("completed")]],
  ])("is whole: %s", (_, events) => {
    expect(isCut(readStreamEnd(events))).toBe(false);
  });

  it.each([
    ["nothing", []],
    ["OpenAI in the middle", [openai(null), openai(null)]],
    ["OpenAI at its limit", [openai(null), openai("length"), "[DONE]"]],
    ["OpenAI filtered", [openai("content_filter")]],
    ["Anthropic in the middle", anthropicEnd("end_turn").slice(0, 1)],
    ["Anthropic at its limit", anthropicEnd("max_tokens")],
    ["Google in the middle", [google()]],
    ["OpenAI's Responses in the middle", [responses("created"), delta]],
    ["OpenAI's Responses at its limit", [delta, responses("incomplete", "max_output_tokens")]],
    ["OpenRouter, broken off behind it", [openai("error"), "[DONE]"]],
    ["Anthropic at the end of its context", anthropicEnd("model_context_window_exceeded")],
    ["Google at its limit", [google("MAX_TOKENS")]],
    ["garbage", ["null", "[]", "{", '"x"', '{"choices":{}}']],
  ])("is cut: %s", (_, events) => {
    expect(isCut(readStreamEnd(events))).toBe(true);
  });

  it("counts the tokens of Anthropic's last event", () => {
    expect(readStreamEnd(anthropicEnd("end_turn")).outputTokens).toBe(6);
  });

  it("throws for no events whatever", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (events) => {
        expect(readStreamEnd(events).outputTokens).toBeNull();
      }),
    );
  });
});

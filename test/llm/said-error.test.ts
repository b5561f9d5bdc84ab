import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { findSaidError, readReason } from "../../src/llm/said-error.ts";

const piece = '{"choices":[{"delta":{"content":"x"}}],"error":null}';

describe("an error that an answer says itself", () => {
  it.each([
    ["failed", '{"type":"error","error":{"type":"overloaded_error","message":"why"}}'],
    ["failed", '{"choices":[{"finish_reason":"error"}],"error":{"code":502,"message":"why"}}'],
    ["failed", '[{"error":{"code":503,"status":"UNAVAILABLE","message":"why"}}]'],
    [
      "failed",
      '{"type":"response.failed","response":{"error":{"code":"server_error","message":"why"}}}',
    ],
    ["failed", '{"type":"error","code":"server_error","message":"why"}'],
    ["limited", '{"error":{"type":"rate_limit_error","message":"why"}}'],
    ["limited", '{"error":{"code":"429","message":"why"}}'],
    ["refused", '{"error":{"type":"invalid_request_error","message":"why"}}'],
    ["refused", '{"error":"why"}'],
  ])("is %s: %s", (kind, text) => {
    expect(findSaidError([piece, text, "[DONE]"])).toEqual({ kind, message: "why" });
  });

  it.each([
    piece,
    '{"error":{},"choices":[]}',
    '{"error":{"code":null,"message":null,"type":null},"choices":[]}',
    '{"error":{"code":0,"message":""},"choices":[]}',
    '{"error":""}',
    '{"object":"response","error":null}',
    '{"content":"{\\"error\\": 1}"}',
    '"error"',
    "[]",
    '{"error": ',
  ])("is none: %s", (text) => {
    expect(findSaidError([text])).toBeUndefined();
  });

  it("throws for no text", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (texts) => {
        findSaidError([...texts, '"error"']);
      }),
    );
  });
});

test.each([
  ['{"error":{"message":"why"}}', "why"],
  ['[{"error":{"message":"why"}}]', "why"],
  ['{"error":"why"}', "why"],
  ['{"object":"error","message":"why"}', "why"],
  ['{"detail":"why"}', "why"],
  ['{"detail":[{"msg":"why"}]}', ""],
  ["<html>why</html>", ""],
  ["", ""],
])("the reason in %s is %j", (body, reason) => {
  expect(readReason(body)).toBe(reason);
});

import { expect, test } from "vitest";
import { pickRateHeaders, readGrantedRates } from "../../../src/llm/governor/granted-rates.ts";
import { RETRY_AFTER_MS_MAX } from "../../../src/model/llm-call.ts";

const NOW = Date.UTC(2026, 0, 1);
const nothing = { limit: undefined, remaining: undefined, resetMs: undefined };

test.each([
  ["2", 2_000],
  ["0.5", 500],
  [" 7 ", 7_000],
  [new Date(NOW + 4_000).toUTCString(), 4_000],
  [new Date(NOW - 4_000).toUTCString(), 0],
  ["1e99", undefined],
  ["99999999", RETRY_AFTER_MS_MAX],
  ["-5", undefined],
  ["Thursday, 01-Jan-26 00:00:04 GMT", 4_000],
  ["Thu Jan  1 00:00:04 2026 GMT", 4_000],
  ["soon", undefined],
  ["retry 5", undefined],
  ["5, 10", undefined],
  ["", undefined],
])("Retry-After %j is %s ms", (text, ms) => {
  const { retryAfterMs } = readGrantedRates({ "retry-after": text }, NOW);
  expect(retryAfterMs).toBe(ms);
});

test("the form in milliseconds is the more exact one", () => {
  const headers = { "retry-after": "2", "retry-after-ms": "1250" };
  expect(readGrantedRates(headers, NOW).retryAfterMs).toBe(1_250);
});

test("durations of OpenAI", () => {
  const { requests, tokens } = readGrantedRates(
    {
      "x-ratelimit-limit-requests": "300",
      "x-ratelimit-remaining-requests": "299",
      "x-ratelimit-reset-requests": "200ms",
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    NOW,
  );
  expect(requests).toEqual({ limit: 300, remaining: 299, resetMs: 200 });
  expect(tokens).toEqual({ limit: 150_000, remaining: 149_984, resetMs: 360_000 });
});

test("dates of Anthropic", () => {
  const { requests, tokens } = readGrantedRates(
    {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": new Date(NOW + 30_000).toISOString(),
    },
    NOW,
  );
  expect(requests).toEqual({ limit: 50, remaining: 0, resetMs: 30_000 });
  expect(tokens).toEqual(nothing);
});

test.each([
  ["x-ratelimit-reset", String(NOW + 8_000)],
  ["x-ratelimit-reset", String((NOW + 8_000) / 1_000)],
  ["ratelimit-reset", "8"],
])("names without a unit mean requests: %s %s", (name, value) => {
  const { requests } = readGrantedRates({ "x-ratelimit-remaining": "3", [name]: value }, NOW);
  expect(requests).toEqual({ limit: undefined, remaining: 3, resetMs: 8_000 });
});

test("nonsense is nothing", () => {
  const headers = {
    "x-ratelimit-limit-requests": "many",
    "x-ratelimit-remaining-requests": "-3",
    "x-ratelimit-reset-requests": "1h1x",
  };
  expect(readGrantedRates(headers, NOW).requests).toEqual(nothing);
});

test("only headers about limits are picked, bounded in number and length", () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [
      `x-ratelimit-${"abcdefghij"[n % 10]}-${"x".repeat(n)}`,
      "y".repeat(9_999),
    ]),
  );
  const picked = pickRateHeaders({ "set-cookie": ["a"], "retry-after": "1", ...many });
  expect(picked["retry-after"]).toBe("1");
  expect(picked).not.toHaveProperty("set-cookie");
  expect(JSON.stringify(picked).length).toBeLessThan(20_000);
});

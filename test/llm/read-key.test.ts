import { expect, test } from "vitest";
import { resolveClient } from "../../src/llm/model-client.ts";
import { readKey } from "../../src/llm/read-key.ts";

test.each([
  ["sk-one", "sk-one"],
  ["$ecret", "$ecret"],
  ["sk-one\n", "sk-one"],
  [" \tsk-one\r\n", "sk-one"],
  [" \n", undefined],
  ["", undefined],
])("of %j the key is %j", (text, key) => {
  expect(readKey({ A_KEY: text }, "A_KEY")).toBe(key);
});

test.each([
  "sk-one\nsk-two",
  "sk-\u00e4one",
  "\u201csk-one\u201d",
  "sk-\u200bone",
  '"sk-one',
  "sk-one'",
  "$SK_ONE",
  "$(pass sk-one)",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
  "${SK_ONE}",
])(
  "a key that no request can send, or that is none, is refused before one is made, and not shown: %j",
  (text) => {
    const env = { OPENAI_API_KEY: text };
    const resolve = () => resolveClient({ provider: "openai", concurrency: 1, env });
    expect(resolve).toThrow(/^OPENAI_API_KEY must be a key of letters, digits and signs of ASCII/);
    expect(resolve).not.toThrow(/sk.one/i);
  },
);

test("a key of white space alone is none: the next provider is taken, or the offline model", () => {
  const resolve = (env: Record<string, string>) =>
    resolveClient({ provider: "auto", concurrency: 1, env: { OPENAI_API_KEY: " \n", ...env } });
  expect(resolve({ ANTHROPIC_API_KEY: "sk-one" }).provider).toBe("anthropic");
  expect(resolve({}).provider).toBe("offline");
});

test("of two variables for a key the second is read only if the first is not set", () => {
  const resolve = (first: string) => {
    const env = { GOOGLE_API_KEY: first, GEMINI_API_KEY: "\u2026" };
    return resolveClient({ provider: "google-ai", concurrency: 1, env }).key;
  };
  expect(resolve("one")).toBe("one");
  expect(() => resolve(" ")).toThrow(/^GEMINI_API_KEY must be/);
});

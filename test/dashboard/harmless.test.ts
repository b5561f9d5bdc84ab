import { expect, test } from "vitest";
import { parseHarmless } from "../../src/dashboard/link/harmless.ts";

test("text from the server can neither turn a line nor hide controls", () => {
  const given = { "a\u202eb": "x\u202eabc\u2066", list: ["\u001b[31m", "two\nlines\tand"], n: 1 };
  expect(parseHarmless(JSON.stringify(given))).toEqual({
    "a\ufffdb": "x\ufffdabc\ufffd",
    list: ["\u241b[31m", "two\nlines\tand"],
    n: 1,
  });
});

test("languages that are written from right to left stay as they are", () => {
  const text = "\u05e9\u05dc\u05d5\u05dd \u200f\u0645\u0631\u062d\u0628\u0627 👩‍🚀 \\u202e";
  expect(parseHarmless(JSON.stringify({ text }))).toEqual({ text });
});

import { expect, test } from "vitest";
import { withoutKeys, withoutQuotes } from "../../src/llm/unquoted.ts";

const args = {
  prompt: "The patient Ada Lovelace\n  was born in 1815.",
  more: [{ text: "a private note" }, "short", 7, null],
};

test.each([
  ["Invalid prompt: 'The patient Ada Lovelace was born in 1815.'", "Invalid prompt: '[prompt]'"],
  ["unsafe: … Ada Lovelace was born in 1815.", "unsafe: …[prompt]"],
  ["flagged: a private note, and a private note", "flagged: [prompt], and [prompt]"],
  ["the patient model is too short", "the patient model is too short"],
  ["", ""],
])("of %j remains %j", (text, shown) => {
  expect(withoutQuotes(text, args)).toBe(shown);
});

test("without arguments nothing changes", () => {
  expect(withoutQuotes("it broke", undefined)).toBe("it broke");
});

test.each([
  ["wrong key sk-abcdefghijklmnop!", "wrong key [key]!"],
  ["wrong key sk-abcde*******mnop", "wrong key [key]*******mnop"],
  ["wrong key sk-abcdefg hijklmnop", "wrong key [key] [key]"],
  ["the pin 123 of sk-abc", "the pin [key] of sk-abc"],
])("of %j remains no key, and no piece of one: %j", (text, shown) => {
  expect(withoutKeys(text, ["123", "", "sk-abcdefghijklmnop"])).toBe(shown);
});

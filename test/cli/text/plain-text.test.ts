import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cutToWidth,
  plainLine,
  plainLines,
  widthOf,
  wrapToWidth,
} from "../../../src/cli/text/plain-text.ts";

/** Characters of every width, and those that a terminal obeys. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom("日", "👩‍👩‍👧‍👦", "e\u0301", "\u001b[31m", "\n", "\u202e", "\u0007"),
  ),
});

test("a plain line holds nothing that a terminal obeys", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(plainLine(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
  expect(plainLine("a\u001b[31mred\u001b[0m\r\n\u202eb\u0007")).toBe("ared b");
  expect(plainLine("\u001b]0;title\u0007x")).toBe("x");
});

test("lines stay lines, each plain", () => {
  expect(plainLines("a\u0007\r\n  b\n")).toBe("a\n  b\n");
});

test("a cut text fits, and is a start of the whole one", () => {
  fc.assert(
    fc.property(anyText.map(plainLine), fc.integer({ min: 1, max: 20 }), (text, width) => {
      const cut = cutToWidth(text, width);
      expect(widthOf(cut)).toBeLessThanOrEqual(width);
      if (cut !== text) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      expect(cut === text).toBe(segmentsWidth(text) <= width);
    }),
  );
});

/** The width as it adds up from the characters that people see. */
function segmentsWidth(text: string): number {
  const segments = [...new Intl.Segmenter().segment(text)];
  return segments.reduce((sum, { segment }) => sum + widthOf(segment), 0);
}

test.each([
  ["cats and dogs", 8, "cats an…"],
  ["日本語の猫", 10, "日本語の猫"],
  ["日本語の猫", 9, "日本語の…"],
  ["日本語の猫", 8, "日本語…"],
  ["👩‍👩‍👧‍👦 family", 3, "👩‍👩‍👧‍👦…"],
])("%s in %i columns is %s", (text, width, cut) => {
  expect(cutToWidth(text, width)).toBe(cut);
});

test.each([
  ["cats and dogs", 8, ["cats and", "dogs"]],
  ["cats and dogs", 9, ["cats and", "dogs"]],
  ["cats and dogs", 5, ["cats", "and", "dogs"]],
  ["a 0123456789", 8, ["a 012345", "6789"]],
  ["日本語の猫", 4, ["日本", "語の", "猫"]],
  ["", 4, [""]],
])("%s is broken at spaces to fit %i columns", (text, width, parts) => {
  expect(wrapToWidth(text, width)).toEqual(parts);
});

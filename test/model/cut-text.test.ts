/** Text that is too long. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "../../src/model/cut-text.ts";
import { toErrorData } from "../../src/model/errors.ts";
import { excerpt } from "../../src/model/ids.ts";

test("whole text stays whole, and is cut between characters", () => {
  expect(cutText("😀😀", 4)).toBe("😀😀");
  expect(cutText("😀😀", 3)).toBe("😀");
  expect(cutText("a😀😀", 3)).toBe("a😀");
  expect(cutText("😀", 1)).toBe("");
  expect(cutText("abc", 2)).toBe("ab");
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("ab\ud83d", 3)).toBe("ab\ud83d");
  expect(cutText("\ud800\udc00x", 1)).toBe("");
});

test("a cut makes no half of a pair", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(40), (text, max) => {
      const cut = cutText(text, max);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(max, text.length) - 1);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});

test("errors and excerpts hold whole characters alone", () => {
  for (const before of ["", "x"]) {
    const error = new Error(before + "😀".repeat(3_000));
    error.stack = before + "😀".repeat(9_000);
    const { message, stack } = toErrorData(error);
    expect([message.isWellFormed(), stack?.isWellFormed()]).toEqual([true, true]);
    expect(excerpt(before + "😀".repeat(100)).isWellFormed()).toBe(true);
  }
  expect(toErrorData(new Error("half \ud83d")).message).toBe("half \ufffd");
});

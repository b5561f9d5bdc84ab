/** Text that is kept small. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { textPacking } from "../src/text-packing.ts";

test("any text is whole again, and packed text has one byte for each character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 5_000 }), (text) => {
      const packed = textPacking.pack(text);
      expect(textPacking.unpack(packed)).toBe(text);
      expect(Buffer.from(packed, "latin1").toString("latin1")).toBe(packed);
    }),
  );
});

test("twenty results of about a line take less than half of their text", () => {
  const words = "a cat sat on the keys and the bug was gone before anyone had seen its trace".split(
    " ",
  );
  const results = Array.from({ length: 20 }, (_, n) => ({
    iteration: n + 1,
    subject: "cats",
    // Other words in each: strides through the list that have no common start.
    result: words.map((_word, at) => words[(at * (n + 3) + n) % words.length]).join(" "),
    at: 1_700_000_000_000 + n * 3_217,
  }));
  const text = JSON.stringify(results);
  expect(textPacking.pack(text).length).toBeLessThan(text.length / 2);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { cutResult } from "../../src/model/cut-result.ts";
import { RESULT_BYTES_MAX } from "../../src/model/limits.ts";

const isWhole = (text: string) => expect(cutResult(text)).toBe(text);

test("a result is whole up to the limit in bytes, for characters of any size", () => {
  isWhole("");
  isWhole("x".repeat(RESULT_BYTES_MAX));
  isWhole("ä".repeat(RESULT_BYTES_MAX / 2));
  isWhole("😀".repeat(RESULT_BYTES_MAX / 4));
});

test.each(["x", "ä", "€", "😀"])("one more byte of %s, and it is cut to the limit", (character) => {
  const text = `${character.repeat(RESULT_BYTES_MAX / Buffer.byteLength(character))}yy`;
  const cut = cutResult(text);
  expect(cut.endsWith(` … (cut, ${Buffer.byteLength(text)} bytes)`)).toBe(true);
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(RESULT_BYTES_MAX);
  expect(Buffer.byteLength(cut)).toBeGreaterThan(RESULT_BYTES_MAX - 4);
  expect(cut).not.toContain("\ufffd");
});

test("replacement characters that the result has itself stay", () => {
  const cut = cutResult(`\ufffd${"x".repeat(RESULT_BYTES_MAX)}`);
  expect(cut.startsWith("\ufffdx")).toBe(true);
});

test("halves of pairs are replaced", () => {
  expect(cutResult("a\ud83d")).toBe("a\ufffd");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(cutResult(text)).toBe(text.toWellFormed());
    }),
  );
});

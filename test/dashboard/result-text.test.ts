import { expect, test } from "vitest";
import { firstLine, foldedStart, resultText } from "../../src/dashboard/state/result-text.ts";

test("structured results are indented JSON, anything else is text as it is", () => {
  expect(resultText('{"a":[1]}')).toEqual({ text: '{\n  "a": [\n    1\n  ]\n}', isJson: true });
  for (const text of ["{ not JSON", "42", '"quoted"', "", "[see below]"]) {
    expect(resultText(text)).toEqual({ text, isJson: false });
  }
});

test("a long text is folded between words and characters, a little longer one is not", () => {
  expect(foldedStart("word ".repeat(300))).toBeNull();
  const start = foldedStart("word ".repeat(3_000)) ?? "";
  expect(start.length).toBeLessThanOrEqual(1_200);
  expect(start).toMatch(/word$/);
  const unbroken = foldedStart(`x${"😀".repeat(2_000)}`) ?? "";
  expect(unbroken.isWellFormed()).toBe(true);
  expect(unbroken.length).toBeGreaterThan(1_100);
});

test("many lines are folded at the end of one", () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`);
  expect(foldedStart(lines.join("\n"))?.split("\n")).toEqual(lines.slice(0, 14));
  expect(foldedStart(lines.slice(0, 16).join("\n"))).toBeNull();
});

test("the first line of a message is the first that says something", () => {
  expect(firstLine("\n  the lamp is out\n at once")).toBe("the lamp is out");
  expect(firstLine("")).toBe("");
});

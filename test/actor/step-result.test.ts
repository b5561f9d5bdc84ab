/** What a step may return, and how it is cut. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { readStepResult } from "../../src/actor/step-result.ts";
import { cutResult } from "../../src/model/cut-result.ts";
import { RESULT_BYTES_MAX } from "../../src/model/limits.ts";

test.each([
  ["text", "text"],
  ["", ""],
  [{ a: [1] }, '{"a":[1]}'],
  [null, "null"],
  [3, "3"],
  [{ a: "\ud83d" }, '{"a":"\\ufffd"}'],
])("the result %j is stored as %s", (result, text) => {
  expect(readStepResult({ result })).toEqual({ result: text, context: undefined, isDone: false });
});

test("context and done are read", () => {
  const returned = { result: "x", context: { n: 1 }, done: true };
  expect(readStepResult(returned)).toEqual({ result: "x", context: { n: 1 }, isDone: true });
});

const circle: unknown[] = [];
circle.push(circle);

test.each([[undefined], [() => 1], [Symbol("x")], [10n], [circle]])(
  "a result that is no JSON data is refused: %o",
  (result) => {
    expect(() => readStepResult({ result })).toThrow(
      expect.objectContaining({ code: "AGENT_REPORT_INVALID" }),
    );
  },
);

test.each([[undefined], ["text"], [null], [Symbol("x")], [Object.create(null)]])(
  "a step that returns %o instead of an object with a result is refused",
  (returned) => {
    expect(() => readStepResult(returned as never)).toThrow(
      expect.objectContaining({ code: "AGENT_REPORT_INVALID" }),
    );
  },
);

test("a result that its JSON text would change is refused with its place", () => {
  expect(() => readStepResult({ result: { at: [new Date()] } })).toThrow("result.at[0] is a Date");
});

test("a promise that was not awaited is refused", () => {
  const forgotten = Promise.resolve("later");
  expect(() => readStepResult({ result: forgotten })).toThrow(
    "result is a Promise that was not awaited",
  );
});

test("a text within the limit is unchanged, a longer one is cut and marked", () => {
  const fill = fc.constantFrom("a", "é", "€", "😀");
  const lengths = fc.integer({ min: RESULT_BYTES_MAX / 4 - 20, max: RESULT_BYTES_MAX + 20 });
  fc.assert(
    fc.property(fill, lengths, (letter, length) => {
      const text = letter.repeat(length);
      const cut = cutResult(text);
      const bytes = Buffer.byteLength(text);
      if (bytes <= RESULT_BYTES_MAX) expect(cut).toBe(text);
      else {
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(RESULT_BYTES_MAX);
        expect(cut).toMatch(new RegExp(`^${letter}+ … \\(cut, ${bytes} bytes\\)$`, "u"));
      }
    }),
  );
});

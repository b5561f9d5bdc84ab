/** What a step may return, and how it is cut. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { readStepResult } from "../../src/actor/step-result.ts";
import type { NextStep } from "../../src/agents/define-agent.ts";
import { cutResult } from "../../src/model/cut-result.ts";
import { RESULT_BYTES_MAX } from "../../src/model/limits.ts";

const NOW = 1_790_000_000_000;

test.each([
  ["text", "text"],
  ["", ""],
  [{ a: [1] }, '{"a":[1]}'],
  [null, "null"],
  [3, "3"],
  [{ a: "\ud83d" }, '{"a":"\\ufffd"}'],
])("the result %j is stored as %s", (result, text) => {
  const read = { result: text, context: undefined, isDone: false, next: null, withinMs: null };
  expect(readStepResult({ result }, NOW)).toEqual(read);
});

test("context and done are read", () => {
  const returned = { result: "x", context: { n: 1 }, done: true };
  expect(readStepResult(returned, NOW)).toMatchObject({ context: { n: 1 }, isDone: true });
});

test.each([
  [undefined, "undefined: is a return missing?"],
  [null, "null"],
  ["hello", "a string"],
  [() => 1, "a function"],
  [[{ result: "x" }], "an array"],
  [new Uint8Array(3), "bytes"],
  [(function* () {})(), "a generator: step must be a function without *"],
  [(async function* () {})(), "a generator: step must be a function without *"],
  [{ result: "x", contxt: { n: 1 } }, "one with the unknown field contxt (the field is context)"],
])("what is not the result of a step is refused with what it is: %#", (returned, got) => {
  expect(() => readStepResult(returned as never, NOW)).toThrow(
    `step must return an object { result, context?, done?, next? }, got ${got}`,
  );
});

test("further fields of the author's are ignored", () => {
  const returned = { result: "x", context: 1, contexts: 2, content: 3, tokens: 4 };
  expect(readStepResult(returned, NOW)).toMatchObject({ result: "x", context: 1 });
  expect(readStepResult({ result: "x", content: 3 } as never, NOW).context).toBeUndefined();
});

test("done that is neither true nor false is refused", () => {
  for (const done of [false, null, undefined]) {
    expect(readStepResult({ result: "", done: done as never }, NOW).isDone).toBe(false);
  }
  for (const done of ["yes", 1, {}]) {
    expect(() => readStepResult({ result: "", done: done as never }, NOW)).toThrow(
      `done must be true or false, got ${typeof done}`,
    );
  }
});

test.each([
  [undefined, null, null],
  [{ at: 5 }, 5, null],
  [{ at: 4.2 }, 5, null],
  [{ afterMs: 0 }, NOW, 0],
  [{ afterMs: 1.5 }, NOW + 2, 2],
  ["guidance", "guidance", null],
] as const)("next %j is read as %j, within %j ms", (next, read, withinMs) => {
  const result = readStepResult({ result: "", next: next as NextStep }, NOW);
  expect(result).toMatchObject({ next: read, withinMs });
});

test.each([
  [
    { at: "tomorrow" },
    'next.at must be a number of milliseconds from 0 to 8640000000000000, got "tomorrow"',
  ],
  [{ at: -1 }, "next.at must be"],
  [
    { at: 1_795_000_000 },
    "next.at must be in milliseconds since the epoch, got 1795000000, which are seconds",
  ],
  [{ at: 8_640_000_000_000_001 }, "next.at must be"],
  [{ at: new Date() }, "next.at is a Date"],
  [{ at: Number.NaN }, "next.at is NaN"],
  [{ afterMs: Number.POSITIVE_INFINITY }, "next.afterMs is Infinity"],
  [{ afterMs: -1 }, "next.afterMs must be"],
  [{ afterMs: 8_640_000_000_000_000 }, "next.afterMs must be"],
  [{ at: 5, afterMs: 5 }, "got an object with both"],
  [{}, "got an object with neither"],
  [5, 'next must be { at }, { afterMs } or "guidance", got 5'],
  ["never", 'got "never"'],
  [[{ at: 5 }], 'got [{"at":5}]'],
])("next %j is refused with its place", (next, message) => {
  expect(() => readStepResult({ result: "", next: next as never }, NOW)).toThrow(
    expect.objectContaining({
      code: "AGENT_REPORT_INVALID",
      message: expect.stringContaining(message),
    }),
  );
});

const circle: unknown[] = [];
circle.push(circle);

test.each([[undefined], [() => 1], [Symbol("x")], [10n], [circle]])(
  "a result that is no JSON data is refused: %o",
  (result) => {
    expect(() => readStepResult({ result }, NOW)).toThrow(
      expect.objectContaining({ code: "AGENT_REPORT_INVALID" }),
    );
  },
);

test.each([[undefined], ["text"], [null], [Symbol("x")], [Object.create(null)]])(
  "a step that returns %o instead of an object with a result is refused",
  (returned) => {
    expect(() => readStepResult(returned as never, NOW)).toThrow(
      expect.objectContaining({ code: "AGENT_REPORT_INVALID" }),
    );
  },
);

test("a result that its JSON text would change is refused with its place", () => {
  expect(() => readStepResult({ result: { at: [new Date()] } }, NOW)).toThrow(
    "result.at[0] is a Date",
  );
});

test("a promise that was not awaited is refused", () => {
  const forgotten = Promise.resolve("later");
  expect(() => readStepResult({ result: forgotten }, NOW)).toThrow(
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

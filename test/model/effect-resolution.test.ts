import { expect, test } from "vitest";
import { checkResolution, checkUnknown } from "../../src/model/effect-resolution.ts";

/** Of the longest value: a text in quotes. */
const BYTES_MAX = 262_144;

test.each([
  { outcome: "retry" },
  { outcome: "done" },
  { outcome: "done", value: null },
  { outcome: "done", value: "x".repeat(BYTES_MAX - 2) },
])("an effect can be resolved as $outcome, with a value that can be stored", (resolution) => {
  expect(() => checkResolution(resolution)).not.toThrow();
});

test.each<[string, unknown, string]>([
  ["retry", 1, "value belongs to the outcome done, got it with the outcome retry"],
  ["retry", null, "value belongs to the outcome done, got it with the outcome retry"],
  ["done", "€".repeat(87_381), "value must be at most 262144 bytes of JSON, got 262145"],
])("an effect cannot be resolved as %s with too much (%#)", (outcome, value, fault) => {
  expect(() => checkResolution({ outcome, value })).toThrow(
    expect.objectContaining({
      code: "ACTION_MALFORMED",
      message: `payload of effect_resolve: ${fault}`,
    }),
  );
});

test.each<[unknown, string]>([
  [undefined, 'must be { outcome: "done", value } or { outcome: "retry" }, got nothing'],
  ["done", 'must be { outcome: "done", value } or { outcome: "retry" }, got "done"'],
  [{ outcome: "done", value: { n: 1n } }, "value.n must be JSON data, got bigint"],
  [{ outcome: "done", value: Number.NaN }, "value must be finite, got NaN"],
])("a resolution from code without types is refused by name (%#)", (given, fault) => {
  expect(() => checkResolution(given as { outcome: string })).toThrow(
    expect.objectContaining({
      code: "ACTION_MALFORMED",
      message: `payload of effect_resolve: ${fault}`,
    }),
  );
});

test("only an unknown effect is resolved", () => {
  expect(() => checkUnknown("e1", "unknown")).not.toThrow();
  for (const state of ["started", "failed", "done"] as const) {
    expect(() => checkUnknown("e1", state)).toThrow(
      expect.objectContaining({
        code: "EFFECT_SETTLED",
        message: `effect e1 is ${state}; only an unknown one can be resolved`,
      }),
    );
  }
});

import { expect, test } from "vitest";
import { keptValue } from "../../src/actor/ended-calls.ts";

test("a result with half a surrogate pair is kept with U+FFFD: its function has been paid for", () => {
  const cut = { "key \udc00": ["a page that was cut \ud83d"] };
  const { valueJson, error } = keptValue(cut, "post");
  expect(error).toBeNull();
  expect(JSON.parse(valueJson ?? "")).toEqual({ "key \ufffd": ["a page that was cut \ufffd"] });
});

test.each([
  ["a Date", { at: new Date(0) }, "result.at is a Date"],
  ["NaN", [Number.NaN], "result.0 must be finite"],
  ["a bigint", 1n, "result must be JSON data, got bigint"],
  ["what throws when it is read", { toJSON: () => fail("boom") }, "boom"],
])("%s is not kept, and the error has its place", (_, value, message) => {
  const kept = keptValue(value, "post");
  expect(kept.valueJson).toBeNull();
  expect(kept.error?.code).toBe("EFFECT_VALUE_INVALID");
  expect(kept.error?.message).toContain(message);
  expect(kept.error?.message).toContain('"post"');
});

function fail(message: string): never {
  throw new Error(message);
}

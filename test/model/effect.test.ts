import fc from "fast-check";
import { expect, test } from "vitest";
import { furthest, isFurther } from "../../src/model/effect.ts";
import { effectStates } from "../../src/model/effect-states.ts";

test("an effect goes from started over unknown to an end, and an end replaces no other", () => {
  const further = effectStates.map((state) => [
    state,
    effectStates.filter((other) => isFurther(state, other)),
  ]);
  expect(further).toEqual([
    ["started", []],
    ["unknown", ["started"]],
    ["failed", ["started", "unknown"]],
    ["done", ["started", "unknown"]],
  ]);
});

test("of each effect the first of its furthest rows counts, in the order of the ids", () => {
  const row = fc.record({
    effect_id: fc.constantFrom("a", "b", "c"),
    state: fc.constantFrom(...effectStates),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
      const expected = ["a", "b", "c"].flatMap((id) => {
        const own = rows.filter(({ effect_id }) => effect_id === id);
        return own.find(({ state }) => own.every((other) => !isFurther(other.state, state))) ?? [];
      });
      const found = furthest(rows);
      expect(found).toHaveLength(expected.length);
      found.forEach((one, n) => {
        expect(one).toBe(expected[n]);
      });
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sortIntake } from "../../src/queue/intake.ts";
import { pendingAction } from "../support/sample-rows.ts";

const row = fc
  .record({
    id: fc.constantFrom("a", "b", "c"),
    created_at: fc.integer({ min: 0, max: 3 }),
    rowId: fc.bigInt({ min: 0n, max: 1_000n }),
  })
  .map(pendingAction);
const rows = fc.uniqueArray(row, { selector: ({ rowId }) => rowId, maxLength: 10 });

describe("intake", () => {
  test("takes one row of each id, the oldest, and calls the others duplicates", () => {
    fc.assert(
      fc.property(rows, (read) => {
        const { fresh, duplicates } = sortIntake(read, () => false);
        expect(fresh.length + duplicates.length).toBe(read.length);
        expect(new Set(fresh.map(({ id }) => id)).size).toBe(fresh.length);
        for (const duplicate of duplicates) {
          const first = fresh.find(({ id }) => id === duplicate.id);
          expect(first?.created_at).toBeLessThanOrEqual(duplicate.created_at);
        }
      }),
    );
  });

  test("calls of two rows that are equally old the one at the later address the duplicate", () => {
    const [first, second] = [pendingAction({ rowId: 0n }), pendingAction({ rowId: 1n })];
    const intake = { fresh: [first], duplicates: [second], unfit: [] };
    expect(sortIntake([first, second], () => false)).toEqual(intake);
    expect(sortIntake([second, first], () => false)).toEqual(intake);
  });

  test("rejects a row with a fault, whose id is not taken by it", () => {
    const unfit = pendingAction({ created_at: 0, rowId: 0n, fault: "too_large" });
    const fit = pendingAction({ created_at: 1, rowId: 1n });
    const intake = sortIntake([unfit, fit], () => false);
    expect(intake).toEqual({ fresh: [fit], duplicates: [], unfit: [unfit] });
  });

  test("finds the same duplicates when the first is in flight already", () => {
    fc.assert(
      fc.property(rows, (read) => {
        const before = sortIntake(read, () => false);
        const known = new Set(before.fresh.map(({ id }) => id));
        const after = sortIntake([...read].reverse(), (id) => known.has(id));
        expect(after.fresh).toEqual([]);
        expect(new Set(after.duplicates)).toEqual(new Set(before.duplicates));
      }),
    );
  });
});

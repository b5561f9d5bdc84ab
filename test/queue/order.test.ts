import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareActions } from "../../src/queue/order.ts";

const action = fc.constantFrom("create_agent", "agent_pause", "agent_interrupt", "agent_destroy");
const row = fc.record({
  id: fc.uuid({ version: 7 }),
  action,
  urgency: fc.integer({ min: -2, max: 2 }),
  created_at: fc.integer({ min: 0, max: 5 }),
});

describe("compareActions", () => {
  test("is a total order: antisymmetric, transitive, equal only to itself", () => {
    fc.assert(
      fc.property(row, row, row, (a, b, c) => {
        expect(Math.sign(compareActions(a, b)) + Math.sign(compareActions(b, a))).toBe(0);
        if (compareActions(a, b) <= 0 && compareActions(b, c) <= 0) {
          expect(compareActions(a, c)).toBeLessThanOrEqual(0);
        }
        if (a.id !== b.id) expect(compareActions(a, b)).not.toBe(0);
        expect(compareActions(a, { ...a })).toBe(0);
      }),
    );
  });

  test("puts urgency before age, and age before id", () => {
    const base = { action: "agent_pause", urgency: 0, created_at: 1, id: "b" };
    const urgent = { ...base, urgency: 1, created_at: 9 };
    const older = { ...base, created_at: 0, id: "z" };
    const lower = { ...base, id: "a" };
    expect([base, lower, older, urgent].sort(compareActions)).toEqual([urgent, older, lower, base]);
  });
});

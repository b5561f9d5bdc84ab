import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareActions, takeFirst } from "../../src/queue/order.ts";

const action = fc.constantFrom("create_agent", "agent_pause", "agent_interrupt", "agent_destroy");
const row = fc.record({
  id: fc.uuid({ version: 7 }),
  action,
  urgency: fc.integer({ min: -2, max: 2 }),
  created_at: fc.integer({ min: 0, max: 5 }),
});
const rows = fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });

function takeAll<T extends Parameters<typeof takeFirst>[0][number]>(waiting: readonly T[]): T[] {
  const left = [...waiting];
  const taken: T[] = [];
  for (let next = takeFirst(left); next !== undefined; next = takeFirst(left)) {
    left.splice(left.indexOf(next), 1);
    taken.push(next);
  }
  return taken;
}

describe("compareActions", () => {
  test("is a total order: antisymmetric, transitive, equal only to itself", () => {
    fc.assert(
      fc.property(row, row, row, (a, b, c) => {
        expect(Math.sign(compareActions(a, b)) + Math.sign(compareActions(b, a))).toBe(0);
        if (compareActions(a, b) <= 0 && compareActions(b, c) <= 0) {
          expect(compareActions(a, c)).toBeLessThanOrEqual(0);
        }
        if (a.id !== b.id) expect(compareActions(a, b)).not.toBe(0);
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

describe("takeFirst", () => {
  test("takes every action once and does not depend on the order of arrival", () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat()), (waiting, chance) => {
        const taken = takeAll(waiting);
        expect(new Set(taken)).toEqual(new Set(waiting));
        const shuffled = [...waiting].sort(() => ((chance.next().value ?? 0) % 3) - 1);
        expect(takeAll(shuffled)).toEqual(taken);
      }),
    );
  });

  test("without a destroy is the plain order", () => {
    fc.assert(
      fc.property(rows, (waiting) => {
        const calm = waiting.filter((one) => one.action !== "agent_destroy");
        expect(takeAll(calm)).toEqual([...calm].sort(compareActions));
      }),
    );
  });

  test("lets a destroy wait for nothing but older creates", () => {
    fc.assert(
      fc.property(rows, (waiting) => {
        const taken = takeAll(waiting);
        const at = taken.findIndex(({ action: name }) => name === "agent_destroy");
        for (const before of taken.slice(0, Math.max(at, 0))) {
          expect(before.action).toBe("create_agent");
          expect(before.created_at).toBeLessThanOrEqual(taken[at]?.created_at ?? 0);
        }
      }),
    );
  });

  test("keeps create, destroy, create of one agent in that order", () => {
    const create = { id: "1", action: "create_agent", urgency: 0, created_at: 1 };
    const destroy = { id: "2", action: "agent_destroy", urgency: 0, created_at: 2 };
    const again = { id: "3", action: "create_agent", urgency: 0, created_at: 3 };
    expect(takeAll([again, destroy, create])).toEqual([create, destroy, again]);
  });
});

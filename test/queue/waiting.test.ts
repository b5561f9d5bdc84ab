import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareActions, compareAge, type Ordered } from "../../src/queue/order.ts";
import { Waiting } from "../../src/queue/waiting.ts";

const action = fc.constantFrom("create_agent", "agent_pause", "agent_interrupt", "agent_destroy");
const row = fc.record({
  id: fc.uuid({ version: 7 }),
  action,
  urgency: fc.integer({ min: -2, max: 2 }),
  created_at: fc.integer({ min: 0, max: 5 }),
});
const rows = fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });

/** What the lane takes next, as the rule says it. */
function firstByRule(waiting: readonly Ordered[]): Ordered | undefined {
  const best = (some: readonly Ordered[]) => some.toSorted(compareActions)[0];
  const destroy = best(waiting.filter((one) => one.action === "agent_destroy"));
  if (destroy === undefined) return best(waiting);
  const creates = waiting.filter((one) => one.action === "create_agent");
  return best(creates.filter((one) => compareAge(one, destroy) < 0)) ?? destroy;
}

function waitingOf<T extends Ordered>(all: readonly T[]): Waiting<T> {
  const waiting = new Waiting<T>();
  for (const one of all) waiting.add(one);
  return waiting;
}

function takeAll<T extends Ordered>(all: readonly T[]): T[] {
  const waiting = waitingOf(all);
  const taken: T[] = [];
  for (let next = waiting.first(); next !== undefined; next = waiting.first()) {
    waiting.remove(next);
    taken.push(next);
  }
  return taken;
}

describe("the actions that wait in a lane", () => {
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

  test("are taken by the rule, with any arrivals and withdrawals in between", () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat()), (all, chance) => {
        const waiting = new Waiting<Ordered>();
        const left: Ordered[] = [];
        const leave = (one: Ordered | undefined) => {
          if (one === undefined) return;
          waiting.remove(one);
          left.splice(left.indexOf(one), 1);
        };
        for (const one of all) {
          waiting.add(one);
          left.push(one);
          const choice = chance.next().value ?? 0;
          if (choice % 3 === 0) leave(left[choice % left.length]);
          expect(waiting.first()).toBe(firstByRule(left));
          if (choice % 3 === 1) leave(waiting.first());
          expect(waiting.size).toBe(left.length);
        }
      }),
    );
  });

  test("takes thousands of creates and destroys of one agent without looking at all of them", () => {
    const many = Array.from({ length: 20_000 }, (_, n) => ({
      id: String(n).padStart(6, "0"),
      urgency: 0,
      created_at: n,
      action: n % 2 === 0 ? "create_agent" : "agent_destroy",
    }));
    expect(takeAll(many)).toEqual(many);
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

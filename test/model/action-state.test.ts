import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ActionState,
  type ActionTrigger,
  actionTransition,
} from "../../src/model/action-state.ts";

const ends: readonly ActionState[] = ["done", "cancelled", "rejected", "dead"];
const occurrence = fc.constantFrom<ActionTrigger>(
  "take",
  "succeed",
  "refuse",
  "withdraw",
  "fail",
  "exhaust",
  "crash",
);

function run(occurrences: readonly ActionTrigger[]): ActionState[] {
  const states: ActionState[] = ["waiting"];
  for (const next of occurrences) {
    const state = states.at(-1) ?? "waiting";
    states.push(actionTransition(state, next) ?? state);
  }
  return states;
}

describe("an action's state", () => {
  test("once it has an outcome, never changes", () => {
    fc.assert(
      fc.property(fc.array(occurrence, { maxLength: 40 }), (occurrences) => {
        const states = run(occurrences);
        const first = states.findIndex((state) => ends.includes(state));
        if (first >= 0) expect(new Set(states.slice(first)).size).toBe(1);
      }),
    );
  });

  test("gets an outcome only from being in flight, or from a withdrawal before", () => {
    fc.assert(
      fc.property(fc.array(occurrence, { maxLength: 40 }), (occurrences) => {
        const states = run(occurrences);
        states.forEach((state, n) => {
          const before = states[n - 1];
          if (!ends.includes(state) || before === state) return;
          expect(before).toBe(state === "cancelled" ? "waiting" : "in_flight");
        });
      }),
    );
  });

  test("after a crash is one that the next process takes again, or an outcome", () => {
    fc.assert(
      fc.property(fc.array(occurrence, { maxLength: 40 }), (occurrences) => {
        expect(["waiting", ...ends]).toContain(run([...occurrences, "crash"]).at(-1));
      }),
    );
  });
});

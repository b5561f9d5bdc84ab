import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ActionState,
  type ActionTrigger,
  actionTransition,
} from "../../src/model/action-state.ts";

/** All of them, or it does not compile. */
const named: Record<ActionTrigger, true> = {
  announce: true,
  admit: true,
  seek: true,
  find: true,
  hold: true,
  give_back: true,
  take: true,
  affect: true,
  end: true,
  postpone: true,
  journal: true,
  store: true,
  forget: true,
};
const triggers = Object.keys(named) as readonly ActionTrigger[];
/** How it ends, or its next attempt, is known and not in the table; with the states that may follow. */
const unstored: Partial<Record<ActionState, readonly ActionState[]>> = {
  ending: ["journaled", "stored"],
  postponing: ["stored"],
  journaled: ["stored"],
};

/** The states it is in, one after the other; what cannot happen does not. */
function run(occurrences: readonly ActionTrigger[]): ActionState[] {
  const states: ActionState[] = ["absent"];
  for (const next of occurrences) {
    const state = actionTransition(states.at(-1) ?? "absent", next);
    if (state !== undefined) states.push(state);
  }
  return states;
}

/** What leads most quickly from `state` to being absent, in so many steps at most. */
function stepsToAbsent(state: ActionState, most: number): number {
  if (state === "absent") return 0;
  if (most === 0) return Number.POSITIVE_INFINITY;
  const next = triggers.flatMap((trigger) => actionTransition(state, trigger) ?? []);
  return 1 + Math.min(...next.map((one) => stepsToAbsent(one, most - 1)));
}

describe("an action's state", () => {
  const walks = fc.array(fc.constantFrom(...triggers), { maxLength: 200 }).map(run);

  test.each([
    ["announce admit take end store forget", "announced waiting handling ending stored absent"],
    ["admit take affect end journal store", "waiting handling storing ending journaled stored"],
    ["admit take postpone store seek", "waiting handling postponing stored sought"],
    ["admit hold give_back hold end", "waiting held waiting held ending"],
    ["announce seek find forget", "announced sought held absent"],
  ])("goes its ways: %s", (occurrences, states) => {
    expect(run(occurrences.split(" ") as ActionTrigger[]).slice(1)).toEqual(states.split(" "));
  });

  test("reaches a handler from its lane alone, and at most once before it is stored", () => {
    fc.assert(
      fc.property(walks, (states) => {
        states.forEach((state, n) => {
          if (state === "handling") expect(states[n - 1]).toBe("waiting");
        });
        const lives = states.join(" ").split("stored");
        for (const life of lives) expect(life.split("handling").length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("once its end is known, changes only by being stored", () => {
    fc.assert(
      fc.property(walks, (states) => {
        states.forEach((state, n) => {
          const next = states[n + 1];
          if (next !== undefined) expect(unstored[state] ?? [next]).toContain(next);
        });
      }),
    );
  });

  test("is left for the table from wherever it is", () => {
    fc.assert(
      fc.property(walks, (states) => {
        expect(stepsToAbsent(states.at(-1) ?? "absent", 6)).toBeLessThan(7);
      }),
    );
  });
});

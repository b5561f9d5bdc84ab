import { describe, expect, test } from "vitest";
import {
  describeDeaths,
  type OwnCode,
  SUSPECTS_MAX,
  safeModeError,
  suspectsOf,
} from "../../src/model/safe-mode.ts";

function at(inStep: readonly string[], starting: readonly string[] = []): OwnCode {
  return { inStep, starting };
}

describe("suspects", () => {
  test("are those in a step each time, and none after only one time", () => {
    expect(suspectsOf([at(["b", "a"]), at(["a", "b", "c"])]).suspects).toEqual(["a", "b"]);
    expect(suspectsOf([at(["a"]), at(["b"])]).suspects).toEqual([]);
    expect(suspectsOf([at(["a"])]).suspects).toEqual([]);
    expect(suspectsOf([]).suspects).toEqual([]);
    expect(suspectsOf([at(["a", "b"]), at(["a"]), at(["b", "a"])]).suspects).toEqual(["a"]);
  });

  test("are those about to start only if none was in a step each time", () => {
    expect(suspectsOf([at(["a"], ["b"]), at(["a"], ["b"])]).suspects).toEqual(["a"]);
    expect(suspectsOf([at(["a"], ["b"]), at([], ["b"])]).suspects).toEqual(["b"]);
  });

  test("are named up to a limit", () => {
    const many = Array.from({ length: SUSPECTS_MAX + 3 }, (_, n) => `agent${n}`);
    const named = suspectsOf([at(many), at(many)]);
    expect(named.suspects).toHaveLength(SUSPECTS_MAX);
    expect(named.suspectsMore).toBe(3);
    expect(describeDeaths({ deaths: 6, windowMs: 300_000, ...named })).toMatch(
      /^the process died 6 times within 5 min; suspected: agent0, .* and 3 more, in its own code/,
    );
  });
});

test("a single suspect is named without a count", () => {
  const named = { suspects: ["a"], suspectsMore: 0 };
  expect(describeDeaths({ deaths: 6, windowMs: 60_000, ...named })).toBe(
    "the process died 6 times within 1 min; suspected: a, in its own code each time",
  );
});

test("the note in a row gives the reason and the remedy", () => {
  const safeMode = { deaths: 6, windowMs: 300_000, suspects: [], suspectsMore: 0 };
  expect(safeModeError(safeMode, 7, 3)).toEqual({
    code: "SAFE_MODE",
    message:
      "came back paused: the process died 6 times within 5 min; no agent was in its own code each time; resume it when it is safe",
    at: 7,
    details: { iteration: 3 },
  });
});

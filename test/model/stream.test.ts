import { Check } from "typebox/value";
import { describe, expect, test } from "vitest";
import {
  EVERYTHING,
  isEventType,
  PositionText,
  parsePosition,
  StreamMessage,
  SUBSCRIPTIONS_MAX,
  wordsOf,
} from "../../src/model/stream.ts";

describe("a position", () => {
  test("has an epoch, or means this start of the process", () => {
    expect(parsePosition("5-12")).toEqual({ epoch: 5, seq: 12 });
    expect(parsePosition("12")).toEqual({ seq: 12 });
    expect(parsePosition("0-0")).toEqual({ epoch: 0, seq: 0 });
  });

  test.each(["", "-1", "5-", "a-1", "5-1-1", "1.5", `${"9".repeat(16)}`])(
    "%j is not one",
    (text) => {
      expect(Check(PositionText, text)).toBe(false);
    },
  );
});

test("words are single, separated by commas or repeated; empty ones are dropped", () => {
  expect(wordsOf(undefined)).toEqual([]);
  expect(wordsOf("a")).toEqual(["a"]);
  expect(wordsOf("a,b,,c,")).toEqual(["a", "b", "c"]);
  expect(wordsOf(["a,b", "", "c"])).toEqual(["a", "b", "c"]);
});

test("a type of events is one of ours", () => {
  expect(["agent.step", "gap", "agent", "", "toString"].map(isEventType)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test.each([
  [{ subscribe: [EVERYTHING] }, true],
  [{ subscribe: ["agent1"], types: ["agent.step"], since: "5-1" }, true],
  [{ unsubscribe: ["agent1"], since: 0 }, true],
  [{}, false],
  [{ subscribe: [] }, false],
  [{ subscribe: ["no id"] }, false],
  [{ subscribe: ["a"], types: [] }, false],
  [{ subscribe: ["a"], types: ["agent.leap"] }, false],
  [{ subscribe: ["a"], since: -1 }, false],
  [{ subscribe: ["a"], more: 1 }, false],
])("of messages %j is taken: %s", (message, isTaken) => {
  expect(Check(StreamMessage, message)).toBe(isTaken);
});

test("a client names a thousand agents at most", () => {
  const ids = Array.from({ length: SUBSCRIPTIONS_MAX + 1 }, (_, n) => `agent${n}`);
  expect(Check(StreamMessage, { subscribe: ids.slice(1) })).toBe(true);
  expect(Check(StreamMessage, { subscribe: ids })).toBe(false);
});

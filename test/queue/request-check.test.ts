/** The door of the library. */

import { expect, test } from "vitest";
import type { NewAction } from "../../src/model/action.ts";
import { checkNewActions, toCellText } from "../../src/queue/request-check.ts";

const good: NewAction = {
  action: "agent_interrupt",
  actor: "me",
  agent_id: "a",
  payload: { agent_id: "a", guidance: { subject: "cats", at: new Date(0), left: undefined } },
  metadata: { run: 7 },
  urgency: -3,
  not_before: 8_640_000_000_000_000,
  id: "x".repeat(128),
};

const unreadable = {
  get a() {
    throw new Error("no");
  },
};

/** What it throws is no error. */
const untold = {
  get a() {
    return AbortSignal.abort("no").throwIfAborted();
  },
};

test("values that a row can hold pass", () => {
  expect(() => checkNewActions([good, { ...good, metadata: {} }])).not.toThrow();
});

test("an action needs its name, its actor and a payload", () => {
  const { action, actor, payload } = good;
  expect(() => checkNewActions([{ action, actor, payload }])).not.toThrow();
});

test("values at the edge of what a row can hold pass, and null is as good as an option left out", () => {
  const edges = [
    { actor: "x".repeat(256), urgency: 2 ** 31 - 1, not_before: 0 },
    { urgency: 1 - 2 ** 31, id: null, agent_id: null, not_before: null },
  ];
  for (const edge of edges) {
    expect(() => checkNewActions([{ ...good, ...edge } as NewAction])).not.toThrow();
  }
  expect(() => checkNewActions(Array.from({ length: 10_000 }, () => good))).not.toThrow();
});

test.each<[string, Partial<Record<keyof NewAction, unknown>>]>([
  [
    'the agent of agent_interrupt is "a", and that in its payload "b"; they must be the same',
    { payload: { agent_id: "b", guidance: {} } },
  ],
  ["actor must be text of 1 to 256 characters", { actor: "" }],
  ["actor must be text of 1 to 256 characters", { actor: "x".repeat(257) }],
  ["actor must not have half a surrogate pair", { actor: "me\ud800" }],
  ["id must not have half a surrogate pair", { id: "half-\ud800" }],
  ["id must be text of 1 to 128 characters", { id: "x".repeat(129) }],
  ["agent_id must be text", { agent_id: 7 }],
  ["action must be text", { action: "x".repeat(1_000) }],
  ["urgency must be a whole number", { urgency: 1e300 }],
  ["urgency must be a whole number", { urgency: Number.NaN }],
  ["urgency must be a whole number", { urgency: 0.5 }],
  ["urgency must be a whole number", { urgency: 2 ** 31 }],
  ["urgency must be a whole number", { urgency: -(2 ** 31) }],
  ["not_before must be a whole number", { not_before: -1 }],
  ["not_before must be a whole number", { not_before: 8_640_000_000_000_001 }],
  ["not_before must be a whole number", { not_before: Number.POSITIVE_INFINITY }],
  ["not_before must be in milliseconds", { not_before: 1_900_000_000 }],
  ["payload of agent_interrupt must be an object", { payload: [] }],
  ["payload of agent_interrupt must be an object", { payload: undefined }],
  ["payload of agent_interrupt must be an object", { payload: null }],
  [
    "payload of agent_interrupt: guidance must be JSON data, got Map",
    { payload: { guidance: new Map() } },
  ],
  ["metadata of agent_interrupt: n must be finite, got NaN", { metadata: { n: Number.NaN } }],
  [
    "payload of agent_interrupt must be at most 262144 bytes",
    { payload: { a: "x".repeat(300_000) } },
  ],
  ["cannot be read: no", { payload: unreadable }],
  ["cannot be read: it throws", { payload: untold }],
])("%s", (message, change) => {
  const request = { ...good, ...change } as NewAction;
  const refusal = expect.objectContaining({
    code: "ACTION_MALFORMED",
    message: expect.stringContaining(message),
  });
  expect(() => checkNewActions([good, request])).toThrow(refusal);
});

test("more than 10,000 in one call are refused", () => {
  expect(() => checkNewActions(Array.from({ length: 10_001 }, () => good))).toThrow(
    /at most 10000/,
  );
});

test("the text of a cell is bounded in bytes, not in characters", () => {
  expect(toCellText("payload", { a: "€" })).toBe('{"a":"€"}');
  const longest = { a: "x".repeat(262_144 - 8) };
  expect(toCellText("payload", longest)).toBe(JSON.stringify(longest));
  expect(() => toCellText("payload", { a: "€".repeat(87_379) })).toThrow(
    expect.objectContaining({
      code: "ACTION_MALFORMED",
      message: "payload must be at most 262144 bytes of JSON, got 262145",
    }),
  );
});

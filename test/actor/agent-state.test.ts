/** An agent's state: all of a step's changes or none. */

import { expect, test } from "vitest";
import { AgentState } from "../../src/actor/agent-state.ts";
import { CONTEXT_BYTES_MAX, HISTORY_ENTRIES_MAX } from "../../src/model/limits.ts";

const start = { contextJson: '{"n":1}', subject: "cats", history: [] };
const invalid = expect.objectContaining({ code: "AGENT_REPORT_INVALID" });

test("a rollback undoes changes in place, and the subject", () => {
  const state = new AgentState(structuredClone(start));
  (state.context as { n: number }).n = 2;
  state.subject = "dogs";
  state.rollBack();
  expect(state).toMatchObject({ context: { n: 1 }, subject: "cats" });
  expect(state.takeContextChange()).toBeNull();
});

test("a rollback leads to the last mark, which is reported once", () => {
  const state = new AgentState(structuredClone(start));
  state.context = { n: 2 };
  state.mark();
  state.context = { n: 3 };
  state.rollBack();
  expect(state.context).toEqual({ n: 2 });
  expect(state.takeContextChange()).toBe('{"n":2}');
  expect(state.takeContextChange()).toBeNull();
});

test("an unchanged context stays the same object", () => {
  const state = new AgentState(start);
  const { context } = state;
  state.rollBack();
  expect(state.context).toBe(context);
});

const circle: { self?: unknown } = {};
circle.self = circle;

test.each([
  ["a circle", circle],
  ["a BigInt", { n: 1n }],
  ["a function", () => 1],
  ["a Map, which would be empty after a restart", { seen: new Map([[1, 2]]) }],
  ["too large", "x".repeat(CONTEXT_BYTES_MAX)],
  ["a key that reaches the prototype", { a: JSON.parse('{"__proto__":{}}') }],
  ["a constructor with a prototype", { constructor: { prototype: {} } }],
])("a context that cannot be stored is refused: %s", (_why, context) => {
  const state = new AgentState(start);
  state.context = context;
  expect(() => state.mark()).toThrow(invalid);
  state.rollBack();
  expect(state.context).toEqual({ n: 1 });
});

test("a text that is the name of a reserved key can be stored", () => {
  const state = new AgentState(start);
  state.context = { role: "constructor", constructor: "__proto__" };
  state.mark();
  expect(state.takeContextChange()).toBe('{"role":"constructor","constructor":"__proto__"}');
});

test("a context that its JSON text would change is refused with the place", () => {
  const state = new AgentState(start);
  state.context = { seen: new Map() };
  expect(() => state.mark()).toThrow("context.seen is a Map; a context must be JSON data");
  expect(() => new AgentState({ ...start, contextJson: "null" }, new Set())).toThrow(
    "context is a Set",
  );
});

test("the initial context is copied, and is for agents without one", () => {
  const initial = { list: [] as number[] };
  const state = new AgentState({ ...start, contextJson: "null" }, initial);
  expect(state.context).toEqual(initial);
  expect(state.context).not.toBe(initial);
  state.mark();
  expect(state.takeContextChange()).toBe('{"list":[]}');
  expect(new AgentState(start, initial).context).toEqual({ n: 1 });
});

test.each([[3], ["x".repeat(2_001)], [undefined]])("the subject %j is refused", (subject) => {
  const state = new AgentState(start);
  expect(() => {
    state.subject = subject as never;
  }).toThrow(invalid);
  expect(state.subject).toBe("cats");
});

test("the history keeps the last results", () => {
  const state = new AgentState(start);
  for (let iteration = 1; iteration <= HISTORY_ENTRIES_MAX + 3; iteration += 1) {
    state.remember({ iteration, subject: null, result: "x", at: 0 });
  }
  expect(state.history.map((entry) => entry.iteration)).toEqual(
    Array.from({ length: HISTORY_ENTRIES_MAX }, (_, i) => i + 4),
  );
});

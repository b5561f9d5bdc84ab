/** An agent's last results, in whatever form they are held. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { History } from "../../src/model/history.ts";
import { HISTORY_ENTRIES_MAX } from "../../src/model/limits.ts";
import { textPacking } from "../../src/text-packing.ts";

const entry = fc.record(
  {
    iteration: fc.nat(),
    subject: fc.option(fc.string({ unit: "grapheme" })),
    result: fc.string({ unit: "grapheme", maxLength: 300 }),
    at: fc.integer(),
  },
  { noNullPrototype: true },
);
const entries = Array.from({ length: 20 }, (_, n) => ({
  iteration: n + 1,
  subject: "cats",
  result: `A joke about a cat, number ${n}, \u{1f600} "quoted".`,
  at: 1_000 + n,
}));

function packed(form: ConstructorParameters<typeof History>[0]): History {
  const history = new History(form);
  history.pack(textPacking);
  return history;
}

test("a history has the same entries and text in each form", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: HISTORY_ENTRIES_MAX }), (some) => {
      const text = JSON.stringify(some);
      for (const history of [new History(some), new History(text), packed(some), packed(text)]) {
        expect(history.text).toBe(text);
        expect(history.lastAt).toBe(some.at(-1)?.at);
        expect(history.entries).toEqual(some);
        expect(JSON.stringify({ history })).toBe(`{"history":${text}}`);
        expect(history.text).toBe(text);
      }
    }),
  );
});

test("a packed history stays packed whoever reads it", () => {
  for (const history of [packed(entries), packed(JSON.stringify(entries))]) {
    expect(history.isPacked).toBe(true);
    expect(history.entries).toEqual(entries);
    expect(history.lastAt).toBe(1_019);
    expect(history.isPacked).toBe(true);
  }
});

test("a history with a further entry is a new one, without the oldest", () => {
  const history = packed(entries);
  const next = { iteration: 21, subject: null, result: "new", at: 2_000 };
  expect(history.with(next).entries).toEqual([...entries.slice(1), next]);
  expect(history.before(3).entries).toEqual(entries.slice(0, 2));
  expect(history.entries).toEqual(entries);
});

test("texts that gain nothing, and very long ones, are not packed", () => {
  expect(History.empty.isPacked).toBe(false);
  expect(packed(entries.slice(0, 1)).isPacked).toBe(false);
  const long = { iteration: 1, subject: null, result: "x".repeat(300 * 1024), at: 1 };
  expect(packed([long]).isPacked).toBe(false);
});

test("text that is not an array of JSON reads as empty, and is kept", () => {
  for (const text of ['[{"iteration":1', '{"a":1}', "", `[${"x".repeat(400)}`]) {
    for (const history of [new History(text), packed(text)]) {
      expect(history.text).toBe(text);
      expect(history.lastAt).toBeUndefined();
      expect(history.entries).toEqual([]);
    }
  }
});

test("what is no entry is left out and reported once, in each form", () => {
  const text = JSON.stringify([...entries, { ...entries[0], at: "now" }, { result: 7 }, null]);
  for (const isPacked of [false, true]) {
    const told: boolean[] = [];
    const history = new History(text, (_text, isPart) => told.push(isPart));
    if (isPacked) history.pack(textPacking);
    expect([history.isPacked, told]).toEqual([isPacked, []]);
    for (const _reading of [1, 2]) expect(history.entries).toEqual(entries);
    expect(told).toEqual([true]);
  }
});

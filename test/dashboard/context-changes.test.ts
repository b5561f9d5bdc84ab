import { expect, test } from "vitest";
import { contextChanges } from "../../src/dashboard/state/context-changes.ts";

test("the differences are what was added, removed and changed, each with its path", () => {
  const before = { plan: { budget: 12, ok: true }, list: [1, 2], gone: "x" };
  const after = { plan: { budget: 11, ok: true }, list: [1, 2, 3], more: null };
  const texts = contextChanges(before, after).map(({ kind, path, text }) => [kind, path, text]);
  expect(texts.sort()).toEqual([
    ["added", "list[2]", "3"],
    ["added", "more", "null"],
    ["changed", "plan.budget", "12 → 11"],
    ["removed", "gone", '"x"'],
  ]);
});

test("a context that is another one as a whole is one difference", () => {
  for (const [before, after] of [
    [null, { a: 1 }],
    [[1], { a: 1 }],
    ["x", 3],
  ]) {
    expect(contextChanges(before, after)).toMatchObject([
      { kind: "changed", path: "", before, after },
    ]);
  }
  expect(contextChanges({ a: [{ b: 1 }] }, { a: [{ b: 1 }] })).toEqual([]);
  expect(contextChanges(null, null)).toEqual([]);
});

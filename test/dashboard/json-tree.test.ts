import { expect, test } from "vitest";
import { pathText, previewOf } from "../../src/dashboard/state/json-path.ts";
import {
  FOUND_MAX,
  openAtFirst,
  parentIndex,
  type TreeQuery,
  treeOf,
} from "../../src/dashboard/state/json-tree.ts";

const context = {
  plan: { goals: ["read", "write"], ok: true },
  "a b": null,
  long: "x".repeat(400),
};

function linesOf(value: unknown, query: Partial<TreeQuery> = {}): readonly string[] {
  const { rows } = treeOf(value, { open: openAtFirst(value), search: "", ...query });
  return rows.map(({ depth, label, preview }) => `${"-".repeat(depth)}${label} ${preview}`.trim());
}

test("a tree has a row for each value in what is open", () => {
  expect(linesOf(context)).toEqual([
    "{3}",
    "-plan {2}",
    "--goals [2]",
    "--ok true",
    "-a b null",
    `-long "${"x".repeat(160)}…`,
  ]);
  expect(linesOf(context, { open: new Set() })).toEqual(["{3}"]);
  expect(linesOf(context, { open: new Set(["", "plan", "plan.goals"]) })).toContain('---0 "read"');
  for (const value of [null, "text", 4, [], {}]) expect(linesOf(value)).toHaveLength(1);
});

test("rows know their place among their siblings, and what they are in", () => {
  const { rows } = treeOf(context, { open: openAtFirst(context), search: "" });
  expect(rows[3]).toMatchObject({ path: "plan.ok", position: 2, siblings: 2, isOpen: null });
  expect(parentIndex(rows, 3)).toBe(1);
  expect(parentIndex(rows, 0)).toBe(0);
});

test("a search shows what it finds in keys and values, with all that it is in", () => {
  expect(linesOf(context, { search: "WRITE" })).toEqual([
    "{3}",
    "-plan {2}",
    "--goals [2]",
    '---1 "write"',
  ]);
  const { rows, found } = treeOf(context, { open: new Set(), search: "goals" });
  expect(found).toBe(1);
  expect(rows.find(({ isFound }) => isFound)).toMatchObject({ path: "plan.goals", isOpen: false });
  expect(linesOf(context, { search: "nowhere" })).toEqual(["{3}"]);
});

test("a search in ten thousand keys shows a part of them and stops", () => {
  const large = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`key${n}`, n]));
  expect(treeOf(large, { open: new Set([""]), search: "" }).rows).toHaveLength(10_001);
  const { rows, found } = treeOf(large, { open: new Set(), search: "key" });
  expect([rows.length, found]).toEqual([FOUND_MAX + 1, FOUND_MAX]);
  expect(openAtFirst({ large })).toEqual(new Set([""]));
});

test("paths are as in JavaScript, and unique", () => {
  expect(pathText(["plan", "goals", 0, "a b", "$x"])).toBe('plan.goals[0]["a b"].$x');
  expect(pathText(["a.b"])).not.toBe(pathText(["a", "b"]));
  expect(pathText([0])).not.toBe(pathText(["0"]));
});

test("a preview is one line and never cuts in the middle of an escape", () => {
  expect(previewOf('a\n"b"')).toBe('"a\\n\\"b\\""');
  expect(previewOf("ab", 1)).toBe('"a…');
  expect(previewOf([1, 2])).toBe("[2]");
});

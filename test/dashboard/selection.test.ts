import { describe, expect, test } from "vitest";
import {
  extendedTo,
  nothingSelected,
  toggled,
  toggledAll,
  without,
} from "../../src/dashboard/state/selection.ts";

const order = ["a", "b", "c", "d", "e"];

describe("selection", () => {
  test("marks and unmarks one", () => {
    const marked = toggled(nothingSelected, "b");
    expect([...marked.ids]).toEqual(["b"]);
    expect([...toggled(marked, "b").ids]).toEqual([]);
  });

  test("marks a range from the line that was marked last, in both directions", () => {
    const from = toggled(nothingSelected, "c");
    expect([...extendedTo(from, "e", order).ids]).toEqual(["c", "d", "e"]);
    expect(extendedTo(from, "a", order).ids).toEqual(new Set(["a", "b", "c"]));
  });

  test("marks only one if the range has no start", () => {
    expect([...extendedTo(nothingSelected, "d", order).ids]).toEqual(["d"]);
    expect([...extendedTo(toggled(nothingSelected, "gone"), "d", order).ids]).toContain("d");
  });

  test("marks all, and then none; those that are not listed stay", () => {
    const some = toggled(nothingSelected, "other");
    const all = toggledAll(some, order);
    expect(all.ids.size).toBe(6);
    expect([...toggledAll(all, order).ids]).toEqual(["other"]);
  });

  test("keeps the others if some have gone", () => {
    const some = toggled(toggled(nothingSelected, "a"), "b");
    expect(without(some, ["b", "z"])).toEqual({ ids: new Set(["a"]), anchor: null });
    expect(without(some, ["a"]).anchor).toBe("b");
  });
});

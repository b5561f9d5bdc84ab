import { describe, expect, test } from "vitest";
import { BatchedLookup } from "../../../src/store/lance/batched-lookup.ts";

/** A lookup over the letters of "abc", with the batches that it has asked for. */
function letters(keysMax: number) {
  const batches: (readonly string[])[] = [];
  const lookup = new BatchedLookup(async (keys) => {
    batches.push(keys);
    await new Promise(setImmediate);
    if (keys.includes("!")) throw new Error("not a letter");
    return new Map(
      keys.filter((key) => "abc".includes(key)).map((key) => [key, key.toUpperCase()]),
    );
  }, keysMax);
  return { lookup, batches };
}

describe("batched lookup", () => {
  test("answers each key with its own row, and undefined if there is none", async () => {
    const { lookup } = letters(10);
    const found = await Promise.all(["a", "x", "c", "a"].map((key) => lookup.find(key)));
    expect(found).toEqual(["A", undefined, "C", "A"]);
  });

  test("queries immediately, and collects keys that arrive meanwhile into one query", async () => {
    const { lookup, batches } = letters(10);
    await Promise.all(["a", "b", "c", "b"].map((key) => lookup.find(key)));
    expect(batches).toEqual([["a"], ["b", "c"]]);
  });

  test("never reads before the call: a later call gets a later query", async () => {
    const { lookup, batches } = letters(10);
    await lookup.find("a");
    await lookup.find("a");
    expect(batches).toEqual([["a"], ["a"]]);
  });

  test("queries at most its limit of keys at a time", async () => {
    const { lookup, batches } = letters(2);
    const keys = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(keys.map((key) => lookup.find(key)));
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(2);
    expect(batches.flat().toSorted((a, b) => (a < b ? -1 : 1))).toEqual(keys);
  });

  test("fails only the callers of the failing batch", async () => {
    const { lookup } = letters(10);
    const good = lookup.find("a");
    const bad = lookup.find("!");
    await expect(bad).rejects.toThrow("not a letter");
    expect(await good).toBe("A");
    expect(await lookup.find("b")).toBe("B");
  });
});

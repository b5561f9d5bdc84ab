/** Optional properties that are left out instead of being undefined. */

import { expect, test } from "vitest";
import { defined } from "../../src/model/defined.ts";

test("undefined entries are left out, every other value stays", () => {
  const entries = { a: 1, b: undefined, c: null, d: false, e: "" };
  expect(Object.keys(defined(entries))).toEqual(["a", "c", "d", "e"]);
});

/** Histories are equal if their entries are: `toEqual` sees no private fields, so any two would be equal to it. */

import { expect } from "vitest";
import { History } from "../../src/model/history.ts";

expect.addEqualityTesters([
  function areEqual(one: unknown, other: unknown): boolean | undefined {
    if (!(one instanceof History) && !(other instanceof History)) return undefined;
    if (!(one instanceof History && other instanceof History)) return false;
    return this.equals(one.entries, other.entries);
  },
]);

/** Waits with a deadline. */

import { expect, test } from "vitest";
import { waitAtMost, withDeadline } from "../src/deadline.ts";

const never = new Promise<string>(() => undefined);
const late = () => new Error("too late");

test("work that ends in time gives its value, or its error", async () => {
  expect(await waitAtMost(Promise.resolve("a"), 60_000)).toBe("a");
  await expect(waitAtMost(Promise.reject(new Error("b")), 60_000)).rejects.toThrow("b");
  expect(await withDeadline(Promise.resolve("a"), 60_000, late)).toBe("a");
  await expect(withDeadline(Promise.reject(new Error("b")), 60_000, late)).rejects.toThrow("b");
});

test("work that does not end is given up", async () => {
  expect(await waitAtMost(never, 1)).toBeUndefined();
  await expect(withDeadline(never, 1, late)).rejects.toThrow("too late");
});

/** The reader of the process's memory says what Node says. */

import { expect, test } from "vitest";
import { createMemoryReader } from "../../../src/supervisor/guard/resident-memory.ts";

test("resident memory is as Node reads it, and follows allocations", () => {
  const read = createMemoryReader();
  const before = read();
  expect(before / process.memoryUsage.rss()).toBeCloseTo(1, 1);
  const bytes = 64 * 2 ** 20;
  const kept = Buffer.alloc(bytes, 1);
  const after = read();
  expect(after - before).toBeGreaterThan(bytes * 0.9);
  expect(kept.length).toBe(bytes);
});

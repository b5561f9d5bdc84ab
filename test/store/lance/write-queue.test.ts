/** Writes go one at a time, and conflicts are tried again. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  briefCause,
  isConflict,
  pauseMs,
  WriteQueue,
} from "../../../src/store/lance/write-queue.ts";

const conflict = new Error(
  "lance error: Commit conflict for version 739: Failed to commit the transaction after 20 retries., /usr/local/x/commit.rs:1708:9  Caused by: Commit conflict for version 739",
);

test("writes run one at a time, in the order of their calls, past one that fails", async () => {
  const queue = new WriteQueue({ name: "queue" });
  const seen: string[] = [];
  const write = (name: string) => async () => {
    seen.push(`${name} begins`);
    await new Promise(setImmediate);
    seen.push(`${name} ends`);
    return name;
  };
  const first = queue.run(write("a"));
  const failing = queue.run(() => Promise.reject(new Error("disk full")));
  const last = queue.run(write("b"));
  expect(queue.waiting).toBe(3);
  await expect(failing).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: "queue did not accept a write: disk full",
  });
  expect(await Promise.all([first, last])).toEqual(["a", "b"]);
  await queue.drain();
  expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  expect(queue.waiting).toBe(0);
});

test("a conflict is tried again until it succeeds", async () => {
  const queue = new WriteQueue({ name: "queue", random: () => 0 });
  let tries = 0;
  const result = await queue.run(() =>
    ++tries < 4 ? Promise.reject(conflict) : Promise.resolve("stored"),
  );
  expect([result, tries]).toEqual(["stored", 4]);
});

test("a conflict that does not end is given up after a bounded number of tries", async () => {
  const queue = new WriteQueue({ name: "queue", attemptsMax: 3, random: () => 0 });
  let tries = 0;
  const write = () => {
    tries++;
    return Promise.reject(conflict);
  };
  await expect(queue.run(write)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(tries).toBe(3);
});

test("more writes than may wait are refused", async () => {
  const queue = new WriteQueue({ name: "queue" });
  const writes = Array.from({ length: 1_001 }, () => queue.run(() => Promise.resolve()));
  await expect(writes.at(-1)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await Promise.all(writes.slice(0, -1));
});

test("LanceDB's conflicts are distinguished from other failures, and its messages are shortened", () => {
  expect(isConflict(conflict)).toBe(true);
  expect(isConflict(new Error("Retryable commit conflict for version 3: …"))).toBe(true);
  expect(isConflict(new Error("Append with different schema"))).toBe(false);
  expect(briefCause(conflict)).toBe(
    "lance error: Commit conflict for version 739: Failed to commit the transaction after 20 retries.",
  );
});

test("pauses are never negative, never above the limit, and may grow with each try", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, c) => {
        expect(pauseMs(n, c)).toBeGreaterThanOrEqual(0);
        expect(pauseMs(n, c)).toBeLessThanOrEqual(2_000);
        expect(pauseMs(n + 1, c)).toBeGreaterThanOrEqual(pauseMs(n, c));
      },
    ),
  );
});

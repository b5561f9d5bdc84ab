/** Waits with a deadline. */

import { expect, test } from "vitest";
import { waitAtMost, withDeadline } from "../src/deadline.ts";
import { useFakeClock } from "./support/fake-clock.ts";

const never = new Promise<string>(() => undefined);
const late = () => new Error("too late");

test("work that ends in time gives its value, or its error", async () => {
  expect(await waitAtMost(Promise.resolve("a"), 60_000)).toBe("a");
  await expect(waitAtMost(Promise.reject(new Error("b")), 60_000)).rejects.toThrow("b");
  expect(await withDeadline(Promise.resolve("a"), 60_000, late)).toBe("a");
  await expect(withDeadline(Promise.reject(new Error("b")), 60_000, late)).rejects.toThrow("b");
});

test("work that does not end is given up when it is time, and not before", async () => {
  using clock = useFakeClock();
  let given: unknown = "nothing yet";
  const waiting = waitAtMost(never, 1_000).then((value) => {
    given = value;
  });
  await clock.advance(999);
  expect(given).toBe("nothing yet");
  await clock.advance(1);
  await waiting;
  expect(given).toBeUndefined();
});

test("a deadline leaves the event loop a quarter of a second for an answer that has arrived", async () => {
  using clock = useFakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const answered = withDeadline(promise, 1_000, late);
  const lost = withDeadline(never, 1_000, late).catch((error: Error) => error.message);
  await clock.advance(1_249);
  resolve("just in time");
  expect(await answered).toBe("just in time");
  await clock.advance(1);
  expect(await lost).toBe("too late");
});

/** Gathering while a flush runs, and what happens when too much gathers. */

import { expect, test } from "vitest";
import { GroupCommit } from "../../../src/store/lance/group-commit.ts";

/** A flush that the test lets go by hand. */
function gate() {
  const flushes: { items: readonly number[]; end: PromiseWithResolvers<void> }[] = [];
  const began: PromiseWithResolvers<void>[] = [Promise.withResolvers()];
  const flush = (items: readonly number[]) => {
    const end = Promise.withResolvers<void>();
    flushes.push({ items, end });
    began.at(-1)?.resolve();
    began.push(Promise.withResolvers());
    return end.promise;
  };
  return { flushes, flush, began };
}

const limits = { name: "queue", gapMs: 0, weightReady: 3, weightMax: 5 };

test("items that arrive while a flush runs go with the next, one flush at a time", async () => {
  const { flushes, flush, began } = gate();
  const group = new GroupCommit<number>({ ...limits, flush });
  const first = [group.add(1), group.add(2)];
  await began[0]?.promise;
  const second = [group.add(3), group.add(4)];
  expect(flushes.map(({ items }) => items)).toEqual([[1, 2]]);
  flushes[0]?.end.resolve();
  await Promise.all(first);
  await began[1]?.promise;
  expect(flushes[1]?.items).toEqual([3, 4]);
  flushes[1]?.end.resolve();
  await Promise.all(second);
  await group.drain();
});

test("a flush that fails rejects all its callers, and the next one continues", async () => {
  const { flushes, flush, began } = gate();
  const group = new GroupCommit<number>({ ...limits, flush });
  const failed = Promise.allSettled([group.add(1), group.add(2)]);
  await began[0]?.promise;
  const good = group.add(3);
  flushes[0]?.end.reject(new Error("no"));
  expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await began[1]?.promise;
  flushes[1]?.end.resolve();
  await good;
});

test("ready waits for room, add refuses beyond the limit, and close refuses everything", async () => {
  const { flushes, flush, began } = gate();
  const group = new GroupCommit<number>({ ...limits, flush });
  const first = group.add(0);
  await began[0]?.promise;
  await group.ready();
  const waiting = [1, 2, 3, 4, 5].map((item) => group.add(item));
  expect(group.pressure).toBeGreaterThan(1);
  await expect(group.add(6)).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: "queue has 5 rows waiting; the limit is 5",
  });
  let hasRoom = false;
  const ready = group.ready().then(() => {
    hasRoom = true;
  });
  await new Promise(setImmediate);
  expect(hasRoom).toBe(false);
  flushes[0]?.end.resolve();
  await ready;
  await began[1]?.promise;
  const closed = group.close();
  await expect(group.add(7)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  flushes[1]?.end.resolve();
  await Promise.all([first, closed, ...waiting]);
});

test("one item beyond the limit still goes when nothing waits", async () => {
  const flushed: (readonly number[])[] = [];
  const flush = async (items: readonly number[]) => void flushed.push(items);
  const group = new GroupCommit<number>({ ...limits, flush });
  await group.add(1, 100);
  await group.add(2, 100);
  expect(flushed).toEqual([[1], [2]]);
});

test("a patient flush waits for its gap, and one that is hurried, or drained, does not", async () => {
  const flushes: (readonly number[])[] = [];
  const flush = async (items: readonly number[]) => {
    flushes.push(items);
  };
  const hour = 3_600_000;
  const patience = { leastMs: hour, mostMs: hour, factor: 1 };
  const group = new GroupCommit<number>({ ...limits, flush, patience });
  await group.add(1);
  const second = group.add(2);
  const third = group.add(3);
  group.hurry();
  await Promise.all([second, third]);
  expect(flushes).toEqual([[1], [2, 3]]);
  const last = group.add(4);
  await group.drain();
  await last;
});

/** Threads that are kept ready, real ones. */

import { once } from "node:events";
import { expect, test } from "vitest";
import { UnassignedThread } from "../../../src/supervisor/thread/unassigned-thread.ts";
import { WarmPool } from "../../../src/supervisor/thread/warm-pool.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";

const make = () => new UnassignedThread({ rights: { env: codeCacheEnv } });

test("no more spares are made than configured, and each is given once", async () => {
  const spares = new WarmPool({ count: 2, make });
  expect(spares.take()).toBeUndefined();
  expect([await spares.addOne(), await spares.addOne(), await spares.addOne()]).toEqual([
    true,
    true,
    false,
  ]);
  const taken = [spares.take(), spares.take()];
  expect(new Set(taken.map((thread) => thread?.worker.threadId)).size).toBe(2);
  expect(spares.take()).toBeUndefined();
  await spares.close();
  // Whoever has taken one owns it.
  expect(taken.map((thread) => thread?.hasEnded)).toEqual([false, false]);
  await Promise.all(taken.map((thread) => thread?.discard()));
});

test("a spare that has ended is not given", async () => {
  const { spares, made } = twoSpares();
  await spares.addOne();
  await spares.addOne();
  const [first, second] = made;
  await second?.worker.terminate();
  expect(spares.take()).toBe(first);
  expect(spares.take()).toBeUndefined();
  await first?.discard();
  await spares.close();
});

test("closing ends spares that were not taken, even one that is being made", async () => {
  const { spares, made } = twoSpares();
  await spares.addOne();
  const late = spares.addOne();
  const ended = made.map(({ worker }) => once(worker, "exit"));
  await spares.close();
  await late;
  await Promise.all(ended);
  expect(await spares.addOne()).toBe(false);
});

/** Two at most, and all that were ever made. */
function twoSpares() {
  const made: UnassignedThread[] = [];
  const spares = new WarmPool({
    count: 2,
    make: () => {
      const thread = make();
      made.push(thread);
      return thread;
    },
  });
  return { spares, made };
}

/** The queue under several processes: nothing acknowledged is lost, whoever dies. */

import { expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { ackOf, newAction } from "../support/sample-rows.ts";
import { Child } from "./child-process.ts";
import { openSample } from "./sample-store.ts";

const COUNT = 60;

test("two processes that append next to this one's acks lose nothing", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await using a = new Child("append", sample.location, "a", String(COUNT));
  await using b = new Child("append", sample.location, "b", String(COUNT));
  await Promise.all([a.printed(1), b.printed(1)]);
  for (let number = 0; number < 20; number++) {
    await queue.append([newAction({ id: `c${number}` })]);
    await queue.ack([ackOf(`c${number}`)]);
  }
  expect(await Promise.all([a.ended(), b.ended()])).toEqual([0, 0]);
  const pending = await queue.findPending({ now: 1, limit: 1_000 });
  expect(new Set(pending.map(({ id }) => id))).toEqual(new Set([...a.lines, ...b.lines]));
  expect(pending).toHaveLength(2 * COUNT);
});

test("a writer killed in the midst of appends has lost no acknowledged row", async () => {
  await using sample = await openSample();
  await using child = new Child("append", sample.location, "k");
  await child.printed(40);
  await child.kill();
  await using store = await openStore({ location: sample.location });
  const pending = await store.queue.findPending({ now: 1, limit: 100_000 });
  const stored = new Set(pending.map(({ id }) => id));
  expect(child.lines.filter((id) => !stored.has(id))).toEqual([]);
  // One may be stored whose writer did not live to hear of it; none stands twice.
  expect(stored.size - child.lines.length).toBeOneOf([0, 1]);
  expect(pending).toHaveLength(stored.size);
});

test("watch rings for commits of another process, and not after it is disposed", async () => {
  await using sample = await openSample();
  const rung = Promise.withResolvers<void>();
  let rings = 0;
  const watching = sample.store.queue.watch(() => {
    rings += 1;
    rung.resolve();
  });
  await using child = new Child("append", sample.location, "w", "1");
  await rung.promise;
  await child.ended();
  watching[Symbol.dispose]();
  watching[Symbol.dispose]();
  const before = rings;
  await sample.store.queue.append([newAction()]);
  await using later = new Child("append", sample.location, "x", "1");
  await later.ended();
  expect(rings).toBe(before);
});

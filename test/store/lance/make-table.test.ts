/** Tables that several processes make at the same moment, on an object store in memory. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireLock } from "../../../src/store/ownership/lock.ts";
import { openStore } from "../../../src/store/store.ts";
import { ObjectStore } from "../../support/object-store.ts";
import { newAction } from "../../support/sample-rows.ts";
import { LAST_LISTING, stopAt } from "../../support/stopped-listing.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

function placeOf(objects: ObjectStore) {
  const { TROUPE_DB: location = "", ...storage } = objects.env;
  return { location, storage };
}

for (let listing = 1; listing <= LAST_LISTING; listing += 1) {
  test(`rows survive another process that makes the same table, late from its listing ${listing} on`, async () => {
    await using objects = await ObjectStore.start();
    const place = placeOf(objects);
    const stopped = stopAt(objects, "queue", listing);
    const opening = openStore(place);
    await stopped.waits;
    await using first = await openStore(place);
    await first.queue.append([newAction({ id: "first" })]);
    stopped.continue();
    await using late = await opening;
    await late.queue.append([newAction({ id: "late" })]);
    const pending = await first.queue.findPending({ now: 1, limit: 100 });
    expect(pending.map(({ id }) => id).toSorted()).toEqual(["first", "late"]);
  });
}

test("the mark of a shard survives another process that makes the same table", async () => {
  await using objects = await ObjectStore.start();
  const place = placeOf(objects);
  const stopped = stopAt(objects, "agent_state", LAST_LISTING);
  const opening = openStore(place);
  await stopped.waits;
  await using _first = await openStore({ ...place, shard: { index: 1, count: 2 } });
  stopped.continue();
  await using _late = await opening;
  const other = openStore({ ...place, shard: { index: 0, count: 2 } });
  await expect(other).rejects.toMatchObject({ code: "SHARD_MISMATCH" });
});

test("a claim survives another process that makes its table, however late", async () => {
  await using objects = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const place = placeOf(objects);
  const start = async (name: string) => {
    const lock = await acquireLock(place.location, join(folder.path, name), false);
    const claim = { lock, url: `http://${name}:1`, takesOver: false };
    try {
      return await openStore({ ...place, claim });
    } finally {
      // The claim is what is tested.
      await lock.release();
    }
  };
  const stopped = stopAt(objects, "supervisors", LAST_LISTING);
  const late = start("late");
  await stopped.waits;
  await using first = await start("first");
  stopped.continue();
  await expect(late).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    message: expect.stringContaining("http://first:1"),
  });
  expect(await first.supervisors.find()).toMatchObject({ epoch: 1, url: "http://first:1" });
});

/** One claim at a time, whoever starts, stops or comes back; on a folder and on an object store. */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findOwner } from "../../../src/store/ownership/find-owner.ts";
import { acquireLock, type StoreLock } from "../../../src/store/ownership/lock.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { ObjectStore } from "../../support/object-store.ts";
import { agentRow, newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { Child } from "../child-process.ts";
import { openForeign, openSample } from "../sample-store.ts";

interface Start {
  readonly lock: StoreLock;
  readonly store: Store;
}

/** As a start of the program claims it, with its local files in a folder of its own. */
async function start(
  { location, storage = {} }: { location: string; storage?: Readonly<Record<string, string>> },
  local: string,
  takesOver = false,
): Promise<Start & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const lock = opened.use(await acquireLock(location, local, takesOver));
  const claim = { lock, url: `http://${local.split("/").at(-1)}:1`, takesOver };
  const store = opened.use(await openStore({ location, storage, janitor: {}, claim }));
  const parts = opened.move();
  return { lock, store, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

async function rowOf({ supervisors }: Store): Promise<object> {
  return await supervisors.find();
}

test("each start gets the next epoch, and an end in order leaves nobody", async () => {
  await using folder = await makeTempFolder();
  const place = { location: join(folder.path, "db") };
  for (const epoch of [1, 2]) {
    await using own = await start(place, join(folder.path, "local"));
    expect(own.store.epoch).toBe(epoch);
    expect(await rowOf(own.store)).toMatchObject({
      epoch,
      holder: { pid: process.pid, token: own.lock.self.token },
      url: "http://local:1",
    });
  }
  await using seen = await openStore(place);
  expect(seen.epoch).toBe(0);
  expect(await rowOf(seen)).toMatchObject({ epoch: 2, holder: null, url: null });
});

test("a database from before there were claims continues after its highest epoch", async () => {
  await using folder = await makeTempFolder();
  const place = { location: join(folder.path, "db") };
  await using old = await openStore(place);
  await old.agents.record(agentRow({ epoch: 7 }));
  await using own = await start(place, join(folder.path, "local"));
  expect(own.store.epoch).toBe(8);
  expect(await rowOf(own.store)).toMatchObject({ epoch: 8 });
});

test("on an object store a second start is refused with the first one's process and address", async () => {
  await using s3 = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const place = { location: "s3://bucket/fleet", storage: s3.env };
  const [here, there] = [join(folder.path, "here"), join(folder.path, "there")];
  await using own = await start(place, here);
  await expect(start(place, there)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    message: expect.stringMatching(
      new RegExp(`in use by process ${process.pid} on \\S+ at http://here:1, .*--takeover`),
    ),
    details: { pid: process.pid, url: "http://here:1" },
  });
  const owned = { ...place, local: there };
  expect(await findOwner(owned)).toMatchObject({
    pid: process.pid,
    epoch: 1,
    url: "http://here:1",
  });
  await own.store.queue.append([newAction()]);
  await own.store.close();
  expect(await findOwner(owned)).toBeUndefined();
  await using next = await start(place, there);
  expect(next.store.epoch).toBe(2);
});

test("the claim of a process elsewhere is kept, unless that process had the lock of this folder", async () => {
  await using s3 = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const place = { location: "s3://bucket/fleet", storage: s3.env };
  const [here, there, copy] = ["here", "there", "copy"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  await using child = new Child("claim", place.location, here, JSON.stringify(s3.env));
  await child.printed(1);
  expect(child.lines).toEqual(["claimed 1"]);
  await child.kill();
  await using seen = await openStore(place);
  const row = await seen.supervisors.find();
  const holder = { ...row.holder, host: "elsewhere" };
  expect(await seen.supervisors.replace(1, { ...row, holder })).toBe(true);

  await cp(here, copy, { recursive: true });
  for (const other of [there, copy]) {
    await expect(start(place, other)).rejects.toMatchObject({
      code: "DATABASE_LOCKED",
      message: expect.stringContaining("on elsewhere at http://127.0.0.1:1"),
    });
  }
  await using next = await start(place, here);
  expect(next.store.epoch).toBe(2);
});

test.each(["folder", "object store"])(
  "on a %s whoever is taken over from writes no more, and accepts nothing",
  async (kind) => {
    await using s3 = await ObjectStore.start();
    await using folder = await makeTempFolder();
    const [db, a, b] = ["db", "a", "b"].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    const isLocal = kind === "folder";
    const place = { location: isLocal ? db : "s3://bucket/fleet", storage: s3.env };
    await using old = await start(place, a);
    await old.store.agents.record(agentRow({ epoch: old.store.epoch }));
    await expect(start(place, b)).rejects.toMatchObject({ code: "DATABASE_LOCKED" });
    await using own = await start(place, b, true);
    expect(own.store.epoch).toBe(2);
    // On an object store a process that writes nothing seldom checks by itself.
    old.store.ring();
    expect(await old.store.lost).toMatchObject({
      code: "DATABASE_LOST",
      message: expect.stringContaining(`held by process ${process.pid}`),
    });
    const refused = { code: "DATABASE_LOST" };
    await expect(old.store.queue.append([newAction()])).rejects.toMatchObject(refused);
    await expect(old.store.agents.record(agentRow({ iteration: 5 }))).rejects.toMatchObject(
      refused,
    );
    await old.store.close();
    // The row is the later one's.
    expect(await rowOf(own.store)).toMatchObject({ epoch: 2, url: "http://b:1" });
    expect(await own.store.agents.find("agent1")).toMatchObject({ iteration: 0 });
    await own.store.queue.append([newAction()]);
    expect(await own.lock.findOtherHolder()).toBeUndefined();
    await old.lock.release();
    expect(await own.lock.findOtherHolder()).toBeUndefined();
    await expect(start(place, a)).rejects.toMatchObject({ code: "DATABASE_LOCKED" });
  },
);

test("a takeover does not share the files of this machine", async () => {
  await using folder = await makeTempFolder();
  const place = { location: join(folder.path, "db") };
  await using _own = await start(place, place.location);
  await expect(start(place, place.location, true)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    message: expect.stringContaining("end that process"),
  });
});

test("a claim that another program has deleted is put back", async () => {
  await using folder = await makeTempFolder();
  const place = { location: join(folder.path, "db") };
  await using own = await start(place, join(folder.path, "local"));
  const foreign = await openForeign(place.location, "supervisors");
  await foreign.delete("true");
  await until(async () => (await foreign.countRows("epoch = 1")) === 1);
  await own.store.queue.append([newAction()]);
});

test("of many starts at the same moment exactly one gets an object store, whoever died before", async () => {
  await using s3 = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const location = "s3://bucket/race";
  for (let round = 1; round <= 3; round++) {
    const names = ["a", "b", "c", "d"];
    const starts = names.map(
      (name) => new Child("claim", location, join(folder.path, name), JSON.stringify(s3.env)),
    );
    try {
      await Promise.all(starts.map((one) => one.printed(1)));
      const lines = starts.map(({ lines: [line] }) => line);
      const winner = starts.find(({ lines: [line] }) => line === `claimed ${round}`);
      const refusal = `DATABASE_LOCKED: .* in use by process ${winner?.process.pid} on `;
      const refused = lines.filter((line) => line !== `claimed ${round}`);
      expect(refused).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(refusal)));
    } finally {
      await Promise.all(starts.map((one) => one.kill()));
    }
  }
});

test("the check of a claim makes no commit", async () => {
  await using sample = await openSample();
  const { location } = sample;
  await using folder = await makeTempFolder();
  await using own = await start({ location }, folder.path);
  const table = await openForeign(location, "supervisors");
  const before = await table.version();
  expect(own.store.commits.supervisors).toBe(1);
  for (let n = 0; n < 20; n++) await own.store.queue.append([newAction()]);
  expect(await table.version()).toBe(before);
});

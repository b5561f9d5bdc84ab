/** One holder at a time, whoever dies and however many try. */

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acquireLock, findLockHolder } from "../../src/store/lock.ts";
import { watchLock } from "../../src/store/lock-watch.ts";
import { silentLog } from "../../src/store/log.ts";
import { moveAway } from "../support/break.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";
import { Child } from "./child-process.ts";

test("a lock that is held is refused with the process and since when", async () => {
  await using folder = await makeTempFolder();
  await using lock = await acquireLock(folder.path, { epoch: 3 });
  await expect(acquireLock(folder.path)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    message: expect.stringMatching(`by process ${process.pid}, which runs since 2`),
    details: { pid: process.pid, location: folder.path },
  });
  expect(await findLockHolder(folder.path)).toMatchObject({ pid: process.pid, epoch: 3 });
  await lock.note({ url: "http://127.0.0.1:1" });
  expect(await findLockHolder(folder.path)).toMatchObject({ epoch: 3, url: "http://127.0.0.1:1" });
});

test("a released lock is free again, and leaves no file", async () => {
  await using folder = await makeTempFolder();
  for (let round = 0; round < 2; round++) {
    const lock = await acquireLock(folder.path);
    await lock.release();
    await lock.release();
    await lock.note({ epoch: 1 });
  }
  expect(await findLockHolder(folder.path)).toBeUndefined();
  expect(await readdir(folder.path)).toEqual([]);
});

test("release leaves a lock alone that is another's by now", async () => {
  await using folder = await makeTempFolder();
  const lock = await acquireLock(folder.path);
  await writeFile(lock.path, '{"pid":1}');
  await lock.release();
  expect(await readFile(lock.path, "utf8")).toBe('{"pid":1}');
});

test("the lock of a process that was killed is taken over, by one of many", async () => {
  await using folder = await makeTempFolder();
  await using child = new Child("lock", folder.path);
  await child.printed(1);
  expect(child.lines).toEqual(["locked"]);
  await expect(acquireLock(folder.path)).rejects.toMatchObject({ code: "DATABASE_LOCKED" });
  await child.kill();
  expect(await findLockHolder(folder.path)).toBeUndefined();
  const takers = [1, 2, 3, 4].map(() => new Child("lock", folder.path));
  try {
    await Promise.all(takers.map((taker) => taker.printed(1)));
    expect(takers.flatMap(({ lines }) => lines).sort()).toEqual([
      "DATABASE_LOCKED",
      "DATABASE_LOCKED",
      "DATABASE_LOCKED",
      "locked",
    ]);
    expect(await readdir(folder.path)).toEqual(["troupe.lock"]);
  } finally {
    await Promise.all(takers.map((taker) => taker.kill()));
  }
});

const stale = { pid: process.pid, start_ticks: "1", boot_id: null, started_at: 5 };

test.each([
  ["of a process whose id was reused", JSON.stringify(stale)],
  ["of an earlier boot", JSON.stringify({ ...stale, start_ticks: null, boot_id: "before" })],
  ["that a power cut left empty", ""],
  ["that is no lock", '{"pid":"x"}'],
])("a lock %s is taken over by exactly one of ten at once", async (_case, text) => {
  await using folder = await makeTempFolder();
  for (let round = 0; round < 5; round++) {
    await writeFile(join(folder.path, "troupe.lock"), text);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => acquireLock(folder.path)),
    );
    const taken = results.filter((result) => result.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await taken[0]?.value.release();
    expect(await readdir(folder.path)).toEqual([]);
  }
});

test("a claimant that died in the midst of taking over does not stop the next", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "troupe.lock");
  await writeFile(path, JSON.stringify(stale));
  const { createHash } = await import("node:crypto");
  const name = createHash("sha256").update(JSON.stringify(stale)).digest("hex").slice(0, 16);
  await writeFile(`${path}.${name}.1`, JSON.stringify({ ...stale, token: "dead" }));
  await using _lock = await acquireLock(folder.path);
  expect(await until(() => readdir(folder.path))).toEqual(["troupe.lock"]);
});

test("a lock that is noted, or whose folder is away for a while, is still ours", async () => {
  await using folder = await makeTempFolder();
  await using lock = await acquireLock(join(folder.path, "db"));
  const looks = Promise.all(Array.from({ length: 20 }, () => lock.findUsurper()));
  for (let epoch = 1; epoch <= 20; epoch++) await lock.note({ epoch });
  expect(await looks).toEqual(Array.from({ length: 20 }, () => undefined));
  const bringBack = await moveAway(join(folder.path, "db"));
  expect(await lock.findUsurper()).toBeUndefined();
  await bringBack();
  expect(await lock.findUsurper()).toBeUndefined();
  expect(await findLockHolder(join(folder.path, "db"))).toMatchObject({ epoch: 20 });
});

test("a lock file that was removed is put back", async () => {
  await using folder = await makeTempFolder();
  await using lock = await acquireLock(folder.path, { epoch: 3 });
  await rm(lock.path);
  expect(await lock.findUsurper()).toBeUndefined();
  expect(await findLockHolder(folder.path)).toMatchObject({ pid: process.pid, epoch: 3 });
});

test("who watches a lock hears once that another process has taken it", async () => {
  await using folder = await makeTempFolder();
  const lock = await acquireLock(folder.path);
  const { promise, resolve } = Promise.withResolvers<Error>();
  using _watch = watchLock(lock, { log: silentLog, lookMs: 5, onLost: resolve });
  await rm(lock.path);
  await until(() => findLockHolder(folder.path)); // put back
  await writeFile(lock.path, JSON.stringify({ pid: 4711, token: "other" }));
  expect(await promise).toMatchObject({
    code: "DATABASE_LOST",
    message: expect.stringContaining("held by process 4711 now"),
  });
});

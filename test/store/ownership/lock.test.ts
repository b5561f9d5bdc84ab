/** One holder at a time, whoever dies and however many try. */

import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { localStateFolder } from "../../../src/store/ownership/location.ts";
import { acquireLock, findLockHolder } from "../../../src/store/ownership/lock.ts";
import { watchOwnership } from "../../../src/store/ownership/ownership.ts";
import { silentLog } from "../../../src/store/store-log.ts";
import { moveAway } from "../../support/break.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { Child } from "../child-process.ts";

test("a lock that is held is refused with the process and since when", async () => {
  await using folder = await makeTempFolder();
  await using lock = await acquireLock(folder.path);
  await lock.note({ epoch: 3 });
  await expect(acquireLock(folder.path)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    message: expect.stringMatching(`in use by process ${process.pid} on .*, running since 2`),
    details: { pid: process.pid, location: folder.path },
  });
  expect(await findLockHolder(folder.path)).toMatchObject({ pid: process.pid, epoch: 3 });
  await lock.note({ url: "http://127.0.0.1:1" });
  expect(await findLockHolder(folder.path)).toMatchObject({ epoch: 3, url: "http://127.0.0.1:1" });
});

test("a released lock is free again, and leaves no note", async () => {
  await using folder = await makeTempFolder();
  for (let round = 0; round < 2; round++) {
    const lock = await acquireLock(folder.path);
    await lock.release();
    await lock.release();
    await lock.note({ epoch: 1 });
  }
  expect(await findLockHolder(folder.path)).toBeUndefined();
  expect(await readdir(folder.path)).toEqual(["troupe.sqlite"]);
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
    expect(await readdir(folder.path)).toEqual(["troupe.lock", "troupe.sqlite"]);
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
  for (let round = 0; round < 3; round++) {
    await writeFile(join(folder.path, "troupe.lock"), text);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => acquireLock(folder.path)),
    );
    const taken = results.filter((result) => result.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await taken[0]?.value.release();
    expect(await readdir(folder.path)).toEqual(["troupe.sqlite"]);
  }
});

test("a note of a process in another container does not give the lock away, and names its holder", async () => {
  await using folder = await makeTempFolder();
  await using child = new Child("lock", folder.path);
  await child.printed(1);
  const path = join(folder.path, "troupe.lock");
  const note = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...note, pid: 1, pid_namespace: "pid:[1]", host: "box" }));
  await expect(acquireLock(folder.path)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    message: expect.stringContaining("in use by process 1 on box, running since"),
  });
  expect(await findLockHolder(folder.path)).toMatchObject({ pid: 1, host: "box" });
  await child.kill();
  expect(await findLockHolder(folder.path)).toBeUndefined();
  await using _lock = await acquireLock(folder.path);
});

test("a process that runs according to its note keeps the database, even without the kernel's lock", async () => {
  await using folder = await makeTempFolder();
  await using child = new Child("lock", folder.path);
  await child.printed(1);
  await rm(join(folder.path, "troupe.sqlite"));
  await expect(acquireLock(folder.path)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
    details: { pid: child.process.pid },
  });
});

test("a copy of a live database is a separate database", async () => {
  await using folder = await makeTempFolder();
  const [original, copy] = [join(folder.path, "db"), join(folder.path, "copy")];
  await using child = new Child("lock", original);
  await child.printed(1);
  await promisify(execFile)("cp", ["-a", original, copy]);
  expect(await findLockHolder(copy)).toBeUndefined();
  await using _lock = await acquireLock(copy);
  expect(await findLockHolder(copy)).toMatchObject({ pid: process.pid });
  expect(await findLockHolder(original)).toMatchObject({ pid: child.process.pid });
});

const madeOf: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "a pipe": (path) => promisify(execFile)("mkfifo", [path]),
  "a link to nowhere": (path) => symlink("nowhere", path),
  "a folder": (path) => mkdir(path),
  "a huge file": (path) => writeFile(path, "x".repeat(100_000)),
};

test.each(Object.entries(madeOf))(
  "%s in place of the note or the lock holds nobody up",
  async (kind, make) => {
    await using folder = await makeTempFolder();
    const [asNote, asLock] = [join(folder.path, "note"), join(folder.path, "lock")];
    for (const path of [asNote, asLock]) await mkdir(path);
    await make(join(asNote, "troupe.lock"));
    await make(join(asLock, "troupe.sqlite"));
    expect(await findLockHolder(asNote)).toBeUndefined();
    const refusal = { code: "DATABASE_UNUSABLE", message: expect.stringContaining(folder.path) };
    const taking = acquireLock(asNote);
    if (kind === "a folder") await expect(taking).rejects.toMatchObject(refusal);
    else await (await taking).release();
    await expect(acquireLock(asLock)).rejects.toMatchObject(refusal);
    expect((await readdir(asNote)).filter((name) => name.startsWith("."))).toEqual([]);
  },
);

test("two databases do not share a folder for local files, nor two processes a database", async () => {
  await using folder = await makeTempFolder();
  const [db, other, local] = ["db", "other", "local"].map((name) => join(folder.path, name));
  await using _lock = await acquireLock(String(db), String(local));
  const refusal = { code: "DATABASE_LOCKED" };
  await expect(acquireLock(String(other), String(local))).rejects.toMatchObject(refusal);
  await expect(acquireLock(String(db))).rejects.toMatchObject(refusal);
  await using _other = await acquireLock(String(other));
});

test("a remote database is locked in the folder of its files on this machine", async () => {
  await using folder = await makeTempFolder();
  const location = "s3://bucket/fleets/one";
  await using lock = await acquireLock(location, folder.path);
  await lock.note({ epoch: 2 });
  await expect(acquireLock(location, folder.path)).rejects.toMatchObject({
    code: "DATABASE_LOCKED",
  });
  expect(await findLockHolder(location, folder.path)).toMatchObject({ epoch: 2 });
  expect(localStateFolder(location)).toBe(resolve("data/one"));
});

test("a lock that is noted, or whose folder is away for a while, is still ours", async () => {
  await using folder = await makeTempFolder();
  await using lock = await acquireLock(join(folder.path, "db"));
  const looks = Promise.all(Array.from({ length: 20 }, () => lock.findOtherHolder()));
  for (let epoch = 1; epoch <= 20; epoch++) await lock.note({ epoch });
  expect(await looks).toEqual(Array.from({ length: 20 }, () => undefined));
  const bringBack = await moveAway(join(folder.path, "db"));
  expect(await lock.findOtherHolder()).toBeUndefined();
  await bringBack();
  expect(await lock.findOtherHolder()).toBeUndefined();
  expect(await findLockHolder(join(folder.path, "db"))).toMatchObject({ epoch: 20 });
});

test("a lock file that was removed is put back", async () => {
  await using folder = await makeTempFolder();
  await using lock = await acquireLock(folder.path);
  await lock.note({ epoch: 3 });
  await rm(lock.path);
  expect(await lock.findOtherHolder()).toBeUndefined();
  expect(await findLockHolder(folder.path)).toMatchObject({ pid: process.pid, epoch: 3 });
});

test.runIf(process.platform === "linux")(
  "a lock that a read in this process has dropped is taken again",
  async () => {
    await using folder = await makeTempFolder();
    await using lock = await acquireLock(folder.path);
    const path = join(folder.path, "troupe.sqlite");
    expect(await lock.findOtherHolder()).toBeUndefined();
    const isFree = async () => {
      const probe = `const { DatabaseSync } = require("node:sqlite");
      try { new DatabaseSync(${JSON.stringify(path)}).exec("BEGIN EXCLUSIVE"); console.log("free") }
      catch { console.log("held") }`;
      const { stdout } = await promisify(execFile)(process.execPath, ["-e", probe]);
      return stdout.trim();
    };
    expect(await isFree()).toBe("held");
    await readFile(path);
    expect(await isFree()).toBe("free");
    expect(await lock.findOtherHolder()).toBeUndefined();
    expect(await isFree()).toBe("held");
  },
);

test("a folder that was replaced by its copy is still ours", async () => {
  await using folder = await makeTempFolder();
  const db = join(folder.path, "db");
  await using lock = await acquireLock(db);
  await lock.note({ epoch: 4 });
  await rename(db, `${db}.old`);
  await promisify(execFile)("cp", ["-a", `${db}.old`, db]);
  expect(await lock.findOtherHolder()).toBeUndefined();
  expect(await findLockHolder(db)).toMatchObject({ epoch: 4 });
});

test("a lock's watcher is notified once that another process has taken it", async () => {
  await using folder = await makeTempFolder();
  const lock = await acquireLock(folder.path);
  const { promise, resolve } = Promise.withResolvers<Error>();
  using _watch = watchOwnership(lock, { log: silentLog, checkMs: 5, onLost: resolve });
  await rm(lock.path);
  await until(() => findLockHolder(folder.path)); // put back
  // As a process does it: half a file would be put back, too.
  const draft = `${lock.path}-other`;
  await writeFile(draft, JSON.stringify({ pid: 4711, token: "other" }));
  await rename(draft, lock.path);
  expect(await promise).toMatchObject({
    code: "DATABASE_LOST",
    message: expect.stringContaining("held by process 4711; this process stops writing"),
  });
});

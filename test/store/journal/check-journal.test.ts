import { copyFile, mkdir, open, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acquireLock } from "../../../src/store/ownership/lock.ts";
import { openStore } from "../../../src/store/store.ts";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.ts";

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A journal as an ended process leaves it: of the folder `name`. */
async function makeJournal(
  name: string,
  change: (database: DatabaseSync) => void,
): Promise<string> {
  const local = join(folder.path, name);
  const location = join(folder.path, `${name}-db`);
  const store = await openStore({ location, journal: { folder: local, acksInTable: false } });
  await store.close();
  using database = new DatabaseSync(join(local, "journal.sqlite"));
  change(database);
  return local;
}

/** The error of a start, and whether the database was claimed before. */
async function start(local: string) {
  const location = join(folder.path, `${local.slice(folder.path.length + 1)}-db`);
  await using lock = await acquireLock(location, local);
  const claim = { lock, url: null, takesOver: false };
  const journal = { folder: local, acksInTable: false };
  const error = await openStore({ location, journal, claim }).then(
    (store) => store.close(),
    (thrown: unknown) => thrown,
  );
  return { error, isClaimed: (await readdir(location)).includes("supervisors.lance") };
}

/** The log of a process that was killed after some transactions. */
async function leaveLog(path: string): Promise<void> {
  const log = `${path}-wal`;
  {
    using running = new DatabaseSync(path);
    running.exec("PRAGMA journal_mode = WAL");
    for (let seq = 100; seq < 110; seq += 1) {
      running.exec(`INSERT INTO entries (seq, row) VALUES (${seq}, '{}')`);
    }
    await copyFile(log, `${log}-copy`);
  }
  await rename(`${log}-copy`, log);
}

/** In its second page, which others follow. */
async function damageLog(path: string): Promise<void> {
  await using log = await open(`${path}-wal`, "r+");
  await log.write("damaged", 6_000);
}

test("a journal that is whole lets a start claim the database, and leaves nothing behind", async () => {
  const local = await makeJournal("whole", () => undefined);
  expect(await start(local)).toEqual({ error: undefined, isClaimed: true });
  expect((await readdir(local)).filter((name) => name.startsWith("journal"))).toEqual([
    "journal.sqlite",
  ]);
});

test("a newer journal is refused before the database is claimed, and stays as it is", async () => {
  const local = await makeJournal("newer", (file) => file.exec("PRAGMA user_version = 99"));
  expect(await start(local)).toMatchObject({ error: { code: "DATABASE_NEWER" }, isClaimed: false });
});

test("a newer layout that only the log of a killed process has is found", async () => {
  const local = await makeJournal("killed", () => undefined);
  const path = join(local, "journal.sqlite");
  const running = new DatabaseSync(path);
  running.exec(
    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 99",
  );
  const parts = ["", "-wal"];
  for (const part of parts) await copyFile(`${path}${part}`, join(folder.path, `copy${part}`));
  running.close();
  for (const part of parts) await copyFile(join(folder.path, `copy${part}`), `${path}${part}`);
  expect(await start(local)).toMatchObject({ error: { code: "DATABASE_NEWER" }, isClaimed: false });
});

test.each([
  ["other", (path: string) => writeFile(path, "no database".repeat(1_000)), true],
  ["cut", (path: string) => truncate(path, 5_000), true],
  ["folder", (path: string) => mkdir(path), false],
  ["emptied", (path: string) => leaveLog(path).then(() => truncate(path, 0)), true],
  ["removed", (path: string) => leaveLog(path).then(() => rm(path)), true],
  ["log", (path: string) => leaveLog(path).then(() => damageLog(path)), true],
] as const)(
  "a damaged journal is refused before the database is claimed: %s",
  async (name, damage, isMade) => {
    const local = isMade
      ? await makeJournal(name, (file) => {
          for (let seq = 1; seq < 100; seq += 1) {
            file
              .prepare("INSERT INTO entries (seq, row) VALUES (?, ?)")
              .run(seq, "x".repeat(1_000));
          }
        })
      : join(folder.path, name);
    if (!isMade) await openStore({ location: `${local}-db` }).then((store) => store.close());
    await mkdir(local, { recursive: true });
    await damage(join(local, "journal.sqlite"));
    expect(await start(local)).toMatchObject({
      error: { code: "JOURNAL_DAMAGED" },
      isClaimed: false,
    });
  },
);

test("a text of the journal that is not JSON is damage, too", async () => {
  const local = await makeJournal("text", (file) => {
    file.exec("INSERT INTO entries (seq, row) VALUES (1, 'no JSON')");
  });
  expect((await start(local)).error).toMatchObject({ code: "JOURNAL_DAMAGED" });
});

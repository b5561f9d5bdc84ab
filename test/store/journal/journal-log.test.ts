import { copyFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { JournalLog } from "../../../src/store/journal/journal-log.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const MIB = 2 ** 20;

/** A database in the folder as the journal's thread has it, with its log. */
class LoggedDatabase implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #log: JournalLog;

  constructor(folder: string) {
    this.path = join(folder, "journal.sqlite");
    this.#database = new DatabaseSync(this.path);
    this.#database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
    this.#database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    this.#database.exec("CREATE TABLE entries (seq INTEGER PRIMARY KEY, row TEXT)");
    this.#log = new JournalLog(this.#database, this.path);
  }

  add(row: string, isJournalEmpty = false): void {
    this.#database.prepare("INSERT INTO entries (row) VALUES (?)").run(row);
    this.#log.follow();
    this.#log.tend(isJournalEmpty);
  }

  /** Bytes of both files as the log says them, and of its own file. */
  get bytes() {
    const ofDatabase = statSync(this.path).size;
    return { said: this.#log.bytes - ofDatabase, ofFile: statSync(`${this.path}-wal`).size };
  }

  /** What the log of a copy that is made now has: pages that are not in the file. */
  copiedPages(): unknown {
    using database = this.#copy();
    return database.prepare("PRAGMA wal_checkpoint(NOOP)").get()?.["log"];
  }

  copiedRows(): readonly unknown[] {
    using database = this.#copy();
    return database
      .prepare("SELECT row FROM entries ORDER BY seq")
      .all()
      .map(({ row }) => row);
  }

  removeFirst(): void {
    this.#database.exec("DELETE FROM entries WHERE seq = (SELECT min(seq) FROM entries)");
  }

  get count(): unknown {
    return this.#database.prepare("SELECT count(*) AS n FROM entries").get()?.["n"];
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Of a database that nobody has closed. */
  #copy(): DatabaseSync {
    const copy = `${this.path}.copy`;
    for (const end of ["", "-wal"]) copyFileSync(this.path + end, copy + end);
    return new DatabaseSync(copy);
  }
}

test("the log of the journal grows before it is needed, and not with the transactions", async () => {
  await using folder = await makeTempFolder();
  using database = new LoggedDatabase(folder.path);
  database.add("first");
  const { ofFile } = database.bytes;
  expect(ofFile).toBeGreaterThan(MIB);
  const rows = Array.from({ length: 50 }, (_, n) => `row ${n}`);
  for (const row of rows) database.add(row);
  expect(database.bytes).toEqual({ said: ofFile, ofFile });
  expect(database.copiedRows()).toEqual(["first", ...rows]);
  // Some 12 KB each: more than what was written ahead.
  const long = Array.from({ length: 150 }, (_, n) => `${n} `.repeat(2_000));
  for (const row of long) database.add(row);
  expect(database.bytes.ofFile).toBe(ofFile + 2 * MIB);
  expect(database.copiedRows()).toEqual(["first", ...rows, ...long]);
});

test("the log of an empty journal is moved into the file and written over, and loses nothing", async () => {
  await using folder = await makeTempFolder();
  using database = new LoggedDatabase(folder.path);
  const rows: string[] = [];
  const sizes = new Set<number>();
  while (rows.length < 40) {
    const row = `${rows.length} `.repeat(200_000);
    rows.push(row, "small");
    database.add(row, true);
    database.add("small", true);
    sizes.add(database.bytes.ofFile);
    expect(database.copiedRows()).toEqual(rows);
  }
  expect(statSync(database.path).size).toBeGreaterThan(8 * MIB);
  expect(Math.max(...sizes)).toBeLessThan(8 * MIB);
});

test("a log that was moved has nothing of before that a copy could take for new", async () => {
  await using folder = await makeTempFolder();
  using database = new LoggedDatabase(folder.path);
  const row = "x".repeat(5 * MIB);
  database.add(row, true);
  expect(database.copiedPages()).toBe(1);
  expect(database.copiedRows()).toEqual([row]);
});

test("a large log gives its space back once the journal is empty", async () => {
  await using folder = await makeTempFolder();
  using database = new LoggedDatabase(folder.path);
  const row = "x".repeat(33 * MIB);
  database.add(row);
  expect(database.bytes.ofFile).toBeGreaterThan(33 * MIB);
  database.add("last", true);
  database.add("next", true);
  expect(database.bytes.ofFile).toBeLessThan(2 * MIB);
  expect(database.copiedRows()).toEqual([row, "last", "next"]);
});

test("the database's file gives the space of removed entries back", async () => {
  await using folder = await makeTempFolder();
  using database = new LoggedDatabase(folder.path);
  const rows = ["x", "y"].map((letter) => letter.repeat(40 * MIB));
  for (const row of rows) database.add(row, true);
  expect(statSync(database.path).size).toBeGreaterThan(70 * MIB);
  database.removeFirst();
  database.add("x".repeat(5 * MIB), true);
  expect(statSync(database.path).size).toBeGreaterThan(40 * MIB);
  database.removeFirst();
  database.add("x".repeat(5 * MIB), true);
  expect(statSync(database.path).size).toBeLessThan(20 * MIB);
  expect(database.count).toBe(2);
});

test("a log whose file is gone takes further transactions", async () => {
  await using folder = await makeTempFolder();
  using database = new LoggedDatabase(folder.path);
  rmSync(`${database.path}-wal`);
  for (let n = 0; n < 500; n += 1) database.add("x".repeat(10_000), true);
  expect(database.count).toBe(500);
});

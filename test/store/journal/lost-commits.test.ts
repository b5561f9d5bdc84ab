/** Logs of SQLite as crashes and damages leave them. */

import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasLostCommits } from "../../../src/store/journal/lost-commits.ts";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.ts";

const HEADER = 32;
const FRAME = 24 + 4_096;
const ROWS = 40;

let folder: TempFolder;
/** Of forty transactions, each of one row. */
let log: Buffer;

/** A database whose log has forty transactions, and how another is added. */
function fill(path: string) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  database.exec("CREATE TABLE entries (seq INTEGER PRIMARY KEY, row TEXT)");
  const insert = database.prepare("INSERT INTO entries (row) VALUES (?)");
  const add = () => void insert.run("x".repeat(1_500));
  for (let n = 0; n < ROWS; n += 1) add();
  return { database, add };
}

beforeAll(async () => {
  folder = await makeTempFolder();
  const path = join(folder.path, "made.sqlite");
  const { database } = fill(path);
  await copyFile(path, join(folder.path, "whole.sqlite"));
  log = await readFile(`${path}-wal`);
  database.close(); // it removes the log
});
afterAll(() => folder[Symbol.asyncDispose]());

/** What SQLite finds in a database with this log: its frames, and whether transactions are lost. */
async function open(changed: Buffer) {
  const path = join(folder.path, "opened.sqlite");
  await copyFile(join(folder.path, "whole.sqlite"), path);
  await writeFile(`${path}-wal`, changed);
  using database = new DatabaseSync(path, { readOnly: true });
  database.prepare("SELECT * FROM sqlite_schema").all();
  const { log: frames } = database.prepare("PRAGMA wal_checkpoint(NOOP)").get() ?? {};
  return { frames: Number(frames), isLost: hasLostCommits(changed, Number(frames)) };
}

function change(from: number, to: number, byte: number): Buffer {
  return Buffer.from(log).fill(byte, from, to);
}

const frameCount = () => (log.length - HEADER) / FRAME;
/** The places of the frames that end a transaction. */
const commits = () =>
  Array.from({ length: frameCount() }, (_, n) => HEADER + n * FRAME).filter(
    (at) => log.readUInt32BE(at + 4) !== 0,
  );

test("a whole log has lost nothing", async () => {
  expect(await open(log)).toEqual({ frames: frameCount(), isLost: false });
});

describe("transactions after a damaged place are lost", () => {
  test.each(["page", "header of a frame", "salt of a frame"])("%s", async (part) => {
    for (const at of commits().slice(0, -3)) {
      const places: Record<string, number> = {
        page: at + 1_000,
        "header of a frame": at,
        "salt of a frame": at + 8,
      };
      const from = places[part] ?? 0;
      const { frames, isLost } = await open(change(from, from + 4, 0xa5));
      expect(frames).toBeLessThan(frameCount());
      expect(isLost).toBe(true);
    }
  });

  test("a block of many frames", async () => {
    const { isLost } = await open(change(HEADER + 3 * FRAME, HEADER + 9 * FRAME, 0));
    expect(isLost).toBe(true);
  });
});

test("a log that a crash has cut off anywhere has lost nothing", async () => {
  const last = commits().at(-2) ?? 0;
  for (let at = 0; at < log.length - 100; at += 7_919) {
    expect((await open(log.subarray(0, at))).isLost).toBe(false);
  }
  // Of the last transaction any block may be missing.
  for (let at = last + FRAME; at < log.length; at += 512) {
    expect((await open(change(at, Math.min(at + 512, log.length), 0))).isLost).toBe(false);
  }
});

test("frames of an earlier use of the file are not of the log", async () => {
  const path = join(folder.path, "reused.sqlite");
  const filled = fill(path);
  using database = filled.database;
  database.exec("PRAGMA wal_checkpoint(RESTART)");
  filled.add();
  const { log: frames } = database.prepare("PRAGMA wal_checkpoint(NOOP)").get() ?? {};
  const reused = await readFile(`${path}-wal`);
  expect(Number(frames)).toBeLessThan(5);
  expect(hasLostCommits(reused, Number(frames))).toBe(false);
  // The first frame of the new use did not reach the disk.
  expect(hasLostCommits(reused.fill(0, HEADER, HEADER + FRAME), 0)).toBe(false);
});

test("what is no log has lost nothing", () => {
  expect(hasLostCommits(Buffer.alloc(0), 0)).toBe(false);
  expect(hasLostCommits(Buffer.alloc(100_000), 0)).toBe(false);
  expect(hasLostCommits(log, -1)).toBe(false);
});

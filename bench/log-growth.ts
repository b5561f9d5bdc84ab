/**
 * What SQLite's transactions cost in a log that grows, and in one whose file has the space already, in turns;
 * with nothing beside them, and beside a writer as LanceDB is one.
 */

import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { percentile, report } from "./report.ts";

const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 400);
/** Milliseconds between two: a disk that has rested, or a virtual one, answers later. */
const PAUSE_MS = 10;
const AHEAD_BYTES = 16 * 2 ** 20;
const ROW = "x".repeat(400);

await using folder = await makeTempFolder();
const growing = openLog("growing");
const ahead = openLog("ahead");
writeAhead(join(folder.path, "ahead-wal"));
const alone = await measure();
const beside = await besideWriter(measure);
const rows = [
  ["alone", alone],
  ["beside a writer", beside],
] as const;
report(
  "log-growth",
  rows.flatMap(([what, { grown, over }]) =>
    ([0.5, 0.9] as const).flatMap((part) => [
      {
        what: `${what}, the log grows, p${part * 100}`,
        value: percentile(grown, part),
        unit: "ms",
      },
      { what: "  has the space", value: percentile(over, part), unit: "ms" },
      {
        what: "  of the time of the log that grows",
        value: percentile(over, part) / percentile(grown, part),
        unit: "",
      },
    ]),
  ),
);

function openLog(name: string): () => void {
  const database = new DatabaseSync(join(folder.path, name));
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
  database.exec("CREATE TABLE entries (seq INTEGER PRIMARY KEY, row TEXT)");
  const insert = database.prepare("INSERT INTO entries (row) VALUES (?)");
  return () => insert.run(ROW);
}

function writeAhead(path: string): void {
  const file = openSync(path, "r+");
  writeSync(file, new Uint8Array(AHEAD_BYTES), 0, AHEAD_BYTES, fstatSync(file).size);
  fsyncSync(file);
  closeSync(file);
}

async function measure() {
  const [grown, over]: [number[], number[]] = [[], []];
  for (let n = 0; n < SAMPLES; n += 1) {
    grown.push(await timed(growing));
    over.push(await timed(ahead));
  }
  return { grown, over };
}

async function timed(commit: () => void): Promise<number> {
  await delay(PAUSE_MS);
  const begun = performance.now();
  commit();
  return performance.now() - begun;
}

/** New files that are synced, with their folder, ten times a second. */
async function besideWriter<T>(work: () => Promise<T>): Promise<T> {
  const place = join(folder.path, "writer");
  await mkdir(place);
  let isOver = false;
  const writing = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const path = join(place, String(n));
      await using file = await open(path, "w");
      await file.write(new Uint8Array(64 * 2 ** 10));
      await file.sync();
      await using parent = await open(place);
      await parent.sync();
      await rm(path);
      await delay(100);
    }
  })();
  try {
    return await work();
  } finally {
    isOver = true;
    await writing;
  }
}

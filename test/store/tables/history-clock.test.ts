/** The clock of retention: it does not follow jumps of the machine's clock. */

import { execFileSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HistoryClock } from "../../../src/store/tables/history-clock.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test("a start with the clock ahead shows the time of the newest row, and so does the next", async () => {
  await using folder = await makeTempFolder();
  const findNewest = async () => 100 * DAY_MS;
  const start = (now: number) => {
    const times = { now, at: 0 };
    const clocks = { now: () => times.now, monotonic: () => times.at };
    return { times, clock: new HistoryClock({ folder: folder.path, findNewest, ...clocks }) };
  };
  const ahead = start(108 * DAY_MS);
  expect(await ahead.clock.read()).toBe(100 * DAY_MS);
  ahead.times.at = HOUR_MS;
  expect(await ahead.clock.read()).toBe(100 * DAY_MS + 2 * HOUR_MS);
  const again = start(108 * DAY_MS);
  expect(await again.clock.read()).toBe(100 * DAY_MS + 2 * HOUR_MS);
  const right = start(100 * DAY_MS + HOUR_MS);
  expect(await right.clock.read()).toBe(100 * DAY_MS + HOUR_MS);
  // The machine's clock goes back while it runs, and then comes right.
  right.times.now = 90 * DAY_MS;
  right.times.at = HOUR_MS;
  expect(await right.clock.read()).toBe(90 * DAY_MS);
});

test.each(["", "[]", '{"time":"7"}', '{"time":1e999}', '{"time":7'])(
  "a file with %j in it is as good as none",
  async (text) => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, "retention.json"), text);
    const findNewest = async () => 5;
    const clock = new HistoryClock({ folder: folder.path, findNewest, now: () => 9 });
    expect(await clock.read()).toBe(5);
  },
);

test("without a folder it starts at the newest row, and without rows at the machine's time", async () => {
  const start = (newest: number | undefined) =>
    new HistoryClock({ folder: undefined, findNewest: async () => newest, now: () => 9 });
  expect(await start(5).read()).toBe(5);
  expect(await start(undefined).read()).toBe(9);
});

test.each([
  ["a pipe", (path: string) => void execFileSync("mkfifo", [path])],
  ["a device without an end", (path: string) => symlink("/dev/zero", path)],
  ["a folder", (path: string) => mkdir(path)],
])("%s in the place of its file makes nobody wait", async (what, put) => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "retention.json");
  await put(path);
  const findNewest = async () => 5;
  const clock = new HistoryClock({ folder: folder.path, findNewest, now: () => 9 });
  expect(await clock.read()).toBe(5);
  if (what !== "a folder") expect(await readFile(path, "utf8")).toBe('{"time":5}\n{"time":5}\n');
});

/** What new threads get of the code that an earlier one compiled. */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { keepCompiled } from "../../../src/boundary/compiled-code.ts";
import { threadEntry } from "../../../src/entry-points.ts";
import { ThreadCodeSource } from "../../../src/supervisor/thread/thread-code.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const compiled = Buffer.from("what V8 has compiled");

test("a thread gets the code's file, and where to keep what it compiles", async () => {
  await using folder = await makeTempFolder();
  const { file, source, cacheFile, compiled: none } = new ThreadCodeSource(folder.path).get();
  expect(file).toBe(fileURLToPath(threadEntry));
  expect(Buffer.from(source)).toEqual(readFileSync(file));
  expect(cacheFile.startsWith(folder.path)).toBe(true);
  expect(none).toBeUndefined();
});

test("what a thread has kept is shared by the next ones, in this process and in later ones", async () => {
  await using folder = await makeTempFolder();
  const code = new ThreadCodeSource(folder.path);
  keepCompiled(code.get().cacheFile, () => compiled);
  const next = code.get().compiled;
  expect(next && Buffer.from(next)).toEqual(compiled);
  expect(code.get().compiled).toBe(next);
  const later = new ThreadCodeSource(folder.path).get().compiled;
  expect(later && Buffer.from(later)).toEqual(compiled);
});

test("what is damaged is not given", async () => {
  await using folder = await makeTempFolder();
  const { cacheFile } = new ThreadCodeSource(folder.path).get();
  writeFileSync(cacheFile, compiled);
  expect(new ThreadCodeSource(folder.path).get().compiled).toBeUndefined();
});

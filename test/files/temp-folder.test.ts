import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findTempFolder } from "../../src/files/temp-folder.ts";
import { makeTempFolder, type TempFolder } from "../support/temp-folder.ts";

let temp: TempFolder;
beforeEach(async () => {
  temp = await makeTempFolder();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await temp[Symbol.asyncDispose]();
});

test("a folder for temporary files that can be written stays, and stays empty", async () => {
  const usual = join(temp.path, "usual");
  await mkdir(usual);
  vi.stubEnv("TMPDIR", usual);
  expect(findTempFolder(join(temp.path, "state"), true)).toEqual({ env: {} });
  expect(await readdir(usual)).toEqual([]);
});

test.each(["gone", "a file"])("one that is %s is replaced by one of the database", async (kind) => {
  const usual = join(temp.path, "usual");
  if (kind === "a file") await writeFile(usual, "");
  vi.stubEnv("TMPDIR", usual);
  const state = join(temp.path, "state");
  const { env, warning } = findTempFolder(state, true);
  expect(env["TMPDIR"]).toBe(join(state, "tmp"));
  expect(existsSync(join(state, "tmp"))).toBe(true);
  expect(warning).toContain(usual);
});

test("nothing is made for a database that is not there, or whose folder cannot be written", async () => {
  vi.stubEnv("TMPDIR", join(temp.path, "gone"));
  expect(findTempFolder(join(temp.path, "state"), false)).toEqual({ env: {} });
  expect(await readdir(temp.path)).toEqual([]);
  await writeFile(join(temp.path, "file"), "");
  expect(findTempFolder(join(temp.path, "file"), true)).toEqual({ env: {} });
});

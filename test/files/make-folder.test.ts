import { existsSync, statSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../src/files/make-folder.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

test("a folder is made with those above it, and may be there already", async () => {
  await using temp = await makeTempFolder();
  const path = join(temp.path, "a", "b", "c");
  makeFolder(path, 0o700);
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("what else has the name is named", async () => {
  await using temp = await makeTempFolder();
  await writeFile(join(temp.path, "file"), "");
  await symlink("gone", join(temp.path, "link"));
  expect(() => makeFolder(join(temp.path, "file"))).toThrow(/EEXIST.*file'/);
  expect(() => makeFolder(join(temp.path, "file", "a"))).toThrow(/(EEXIST|ENOTDIR).*file/);
  expect(() => makeFolder(join(temp.path, "link"))).toThrow(/EEXIST.*link'/);
});

test.skipIf(!existsSync("/proc/self"))("a file system that has no new folders ends it", () => {
  expect(() => makeFolder("/proc/self/a/b")).toThrow(/ENOENT.*\/proc\/self\/a'/);
});

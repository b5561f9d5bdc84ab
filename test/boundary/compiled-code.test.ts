/** The file with V8's code: whole or not there. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keepCompiled, readCompiled } from "../../src/boundary/compiled-code.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const compiled = Buffer.from("what V8 has compiled");
const compile = () => compiled;

test("what one thread keeps is read, in a folder that is made for it", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "cache", "thread.cache");
  expect(readCompiled(path)).toBeUndefined();
  keepCompiled(path, compile);
  expect(readCompiled(path)).toEqual(compiled);
  expect(readdirSync(join(folder.path, "cache"))).toEqual(["thread.cache"]);
});

test("the first thread's stays", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "thread.cache");
  keepCompiled(path, compile);
  keepCompiled(path, () => Buffer.from("another"));
  expect(readCompiled(path)).toEqual(compiled);
});

test.for([
  ["a changed byte", (bytes: Buffer) => bytes.fill(0, 9, 10)],
  ["a lost end", (bytes: Buffer) => bytes.subarray(0, 12)],
  ["an empty file", () => Buffer.alloc(0)],
  ["zeros", (bytes: Buffer) => Buffer.alloc(bytes.length)],
] as const)("%s is noticed, and the file removed", async ([, damage]) => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "thread.cache");
  keepCompiled(path, compile);
  writeFileSync(path, damage(readFileSync(path)));
  expect(readCompiled(path)).toBeUndefined();
  expect(existsSync(path)).toBe(false);
});

test("a folder that cannot be made is passed over", async () => {
  await using folder = await makeTempFolder();
  writeFileSync(join(folder.path, "file"), "");
  const path = join(folder.path, "file", "thread.cache");
  keepCompiled(path, compile);
  expect(readCompiled(path)).toBeUndefined();
});

test.skipIf(process.platform === "win32")("a pipe in its place is not waited for", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "thread.cache");
  execFileSync("mkfifo", [path]);
  expect(readCompiled(path)).toBeUndefined();
});

test("V8 that cannot give its code harms nobody", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "thread.cache");
  keepCompiled(path, () => {
    throw new Error("out of memory");
  });
  expect(readdirSync(folder.path)).toEqual([]);
});

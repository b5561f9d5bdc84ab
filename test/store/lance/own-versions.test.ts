import { expect, test } from "vitest";
import { OwnVersions } from "../../../src/store/lance/own-versions.ts";

test("knows its own versions from others", async () => {
  const versions = new OwnVersions();
  expect(await versions.hasForeign(4, false)).toBe(true); // nothing is known before
  versions.committed(5);
  expect(await versions.hasForeign(5, false)).toBe(false);
  versions.committed(7);
  expect(await versions.hasForeign(7, false)).toBe(true); // 6 is not its own
  expect(await versions.hasForeign(7, false)).toBe(false);
});

test("a commit that counts as foreign is one", async () => {
  const versions = new OwnVersions();
  await versions.hasForeign(1, false);
  versions.committed(undefined);
  expect(await versions.hasForeign(2, false)).toBe(true);
});

test("waits a moment for the number of a version that a write has just made", async () => {
  const versions = new OwnVersions();
  await versions.hasForeign(1, false);
  const found = versions.hasForeign(2, true);
  versions.committed(2);
  expect(await found).toBe(false);
});

test("does not wait longer for a write that has not committed yet", async () => {
  const versions = new OwnVersions();
  await versions.hasForeign(1, false);
  expect(await versions.hasForeign(2, true)).toBe(true);
});

test("a table that was made again has foreign versions", async () => {
  const versions = new OwnVersions();
  await versions.hasForeign(9, false);
  expect(await versions.hasForeign(2, false)).toBe(true);
  expect(await versions.hasForeign(2, false)).toBe(false);
});

/** The watcher of a folder: rings, and survives what may happen to the folder. */

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchFolder } from "../../../src/store/lance/folder-watch.ts";
import { silentLog } from "../../../src/store/store-log.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

test("a watched folder that vanishes ends nothing but the watching", async () => {
  await using folder = await makeTempFolder();
  const rung = Promise.withResolvers<void>();
  using _watch = watchFolder(folder.path, () => rung.resolve(), silentLog);
  await writeFile(join(folder.path, "x"), "");
  await rung.promise;
  await expect(rm(folder.path, { recursive: true })).resolves.toBeUndefined();
  // An error of the watcher would be thrown by now.
  await new Promise(setImmediate);
});

test("a folder that cannot be watched is reported once", async () => {
  await using folder = await makeTempFolder();
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, text: string) => warnings.push(text) };
  using _watch = watchFolder(join(folder.path, "none"), () => undefined, log);
  expect(warnings).toEqual([expect.stringContaining("cannot be watched")]);
  using _remote = watchFolder(undefined, () => undefined, log);
  expect(warnings).toHaveLength(1);
});

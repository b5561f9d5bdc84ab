import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeStaleTempFiles } from "../../../src/store/ownership/stale-temp-files.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const uuid = "0190f6a2-7c3d-7abc-8def-0123456789ab";

test("old drafts of lock and token go; young ones and all else stay", async () => {
  await using folder = await makeTempFolder();
  const drafts = [`.troupe.lock.12.${uuid}`, `.token.12.${uuid}`];
  const old = [...drafts, `token.${uuid}`, "troupe.lock.0123456789abcdef.1"];
  const kept = ["token", "troupe.lock", `notes.${uuid}`, `token.${uuid.replace("0190", "0191")}`];
  for (const name of [...old, ...kept]) await writeFile(join(folder.path, name), "");
  const long = new Date(Date.now() - 2 * 3_600_000);
  for (const name of [...old, ...kept.slice(0, 3)])
    await utimes(join(folder.path, name), long, long);
  expect(await removeStaleTempFiles(folder.path, Date.now())).toBe(4);
  expect(new Set(await readdir(folder.path))).toEqual(new Set(kept));
});

test("a missing folder has none", async () => {
  expect(await removeStaleTempFiles("/nowhere/at/all", Date.now())).toBe(0);
});

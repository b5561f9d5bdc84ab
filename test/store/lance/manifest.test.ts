/** What a manifest of a real table says, and files that are none. */

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  listManifests,
  readManifest,
  readManifestAt,
  versionOf,
} from "../../../src/store/lance/manifest.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { openForeign, openSample } from "../sample-store.ts";

test("a manifest names the files of each fragment, of deleted rows and of indices", async () => {
  await using sample = await openSample();
  const { location, store } = sample;
  await store.queue.append(["1", "2", "3"].map((id) => newAction({ id })));
  await store.queue.append([newAction({ id: "4" })]);
  const table = await openForeign(location, "queue");
  await table.createIndex("id", { name: "by_id" });
  await table.delete("id = '2'");
  const manifest = await readManifest(location, "queue");
  const inFolder = async (name: string) =>
    (await readdir(join(location, "queue.lance", name))).toSorted();
  expect(manifest?.format).toMatch(/^2\.\d$/);
  expect([...(manifest?.files.keys() ?? [])]).toEqual([0, 1]);
  expect([...(manifest?.files.values() ?? [])].flat().toSorted()).toEqual(await inFolder("data"));
  expect(manifest?.deletions).toEqual(await inFolder("_deletions"));
  const [index] = manifest?.indices ?? [];
  expect(index?.name).toBe("by_id");
  expect([index?.folder]).toEqual(await inFolder("_indices"));
  const files = await inFolder(join("_indices", index?.folder ?? ""));
  expect(index?.files.map(({ name }) => name).toSorted()).toEqual(files);
  for (const { bytes } of index?.files ?? []) expect(bytes).toBeGreaterThan(0);
});

test("a table without a manifest has none, and a file that is not a manifest reports nothing", async () => {
  await using folder = await makeTempFolder();
  expect(await readManifest(folder.path, "queue")).toBeUndefined();
  const path = join(folder.path, "1.manifest");
  expect(await readManifestAt(path)).toBeUndefined();
  const endless = Buffer.concat([Buffer.alloc(16, 255), Buffer.from("LANC")]);
  for (const bytes of [Buffer.from("LANC"), Buffer.alloc(64), endless]) {
    await writeFile(path, bytes);
    expect(await readManifestAt(path)).toBeUndefined();
  }
});

test("manifests are listed from the newest version, by both of their names, and nothing else is", async () => {
  await using folder = await makeTempFolder();
  const counted = (version: bigint) => `${2n ** 64n - 1n - version}.manifest`;
  const names = ["9.manifest", "10.manifest", counted(11n), counted(100n)];
  for (const name of [...names, "12.manifest.tmp", "x.manifest", "latest_version_hint.json"]) {
    await writeFile(join(folder.path, name), "");
  }
  await mkdir(join(folder.path, "old"));
  expect(await listManifests(folder.path)).toEqual(names.toReversed());
  expect(names.map(versionOf)).toEqual([9n, 10n, 11n, 100n]);
  expect(await listManifests(join(folder.path, "none"))).toEqual([]);
});

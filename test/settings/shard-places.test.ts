/** The settings of a fleet: the places of a shard, and a number of shards that must agree. */

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import {
  loadSettings,
  needsRestart,
  reloadSettings,
  settingsOfShard,
} from "../../src/settings/config.ts";
import { requireShard } from "../../src/settings/shard-places.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const envFile = "/nowhere/.env";
const load = (env: Readonly<Record<string, string>>) => loadSettings({ env, envFile });

test("a shard has a database of its own below the root, and its own local files", () => {
  const shard = { index: 3, count: 8 };
  expect(load({ TROUPE_DB: "/data/fleet", TROUPE_SHARD: "3/8" })).toMatchObject({
    ...{ shard, root: "/data/fleet", db: "/data/fleet/0003", local: null },
  });
  const apart = { TROUPE_DB: "/data/fleet", TROUPE_LOCAL: "/var/troupe", TROUPE_SHARD: "3/8" };
  expect(load(apart).local).toBe("/var/troupe/0003");
  const remote = { TROUPE_DB: "s3://bucket/fleet", TROUPE_SHARD: "3/8" };
  expect(load(remote)).toMatchObject({
    db: "s3://bucket/fleet/0003",
    local: resolve("data/fleet/0003"),
  });
});

test("a shard can be chosen after the settings are read, and gets the same places", async () => {
  const env = { TROUPE_DB: "s3://bucket/fleet" };
  const chosen = settingsOfShard(load(env), { index: 3, count: 8 });
  expect(chosen).toEqual(load({ ...env, TROUPE_SHARD: "3/8" }));
  expect(settingsOfShard(chosen, { index: 4, count: 8 })).toEqual(
    load({ ...env, TROUPE_SHARD: "4/8" }),
  );
  expect(needsRestart(chosen, await reloadSettings(chosen))).toEqual([]);
});

test.each(["3", "8/8", "0/4097", "x"])("TROUPE_SHARD=%s is refused", (text) => {
  expect(() => load({ TROUPE_SHARD: text })).toThrow(
    expect.objectContaining({
      code: "SETTING_INVALID",
      message: expect.stringMatching(/^TROUPE_SHARD must be i\/S, .*, got "/),
    }),
  );
});

test("a fleet.json in the root is found, and its number of shards must agree", async () => {
  await using folder = await makeTempFolder();
  const root = join(folder.path, "fleet");
  await mkdir(root);
  const path = join(root, "fleet.json");
  await writeFile(path, '{ "shards": 4 }');
  const found = load({ TROUPE_DB: root });
  expect(found.fleetFile).toEqual({ path, shards: 4, addresses: undefined });
  expect(load({ TROUPE_DB: root, TROUPE_SHARD: "3/4" }).db).toBe(join(root, "0003"));
  const disagreement = `TROUPE_SHARD is 3/8, but ${path} has 4 shards`;
  expect(() => load({ TROUPE_DB: root, TROUPE_SHARD: "3/8" })).toThrow(disagreement);
  expect(() => settingsOfShard(found, { index: 3, count: 8 })).toThrow(disagreement);
});

test("a root that cannot be looked into is left to whoever opens the database", async () => {
  await using folder = await makeTempFolder();
  const db = join(folder.path, "loop");
  await symlink("loop", db);
  expect(loadSettings({ flags: { db }, env: {}, envFile: join(folder.path, ".env") }).db).toBe(db);
});

test("a root is not started as a database; a shard of it, and a single database, are", async () => {
  await using folder = await makeTempFolder();
  await writeFile(join(folder.path, "fleet.json"), '{ "shards": 4 }');
  const root = { TROUPE_DB: folder.path };
  expect(() => requireShard(load(root))).toThrow(/start one of them with --shard i\/4/);
  expect(() => requireShard(load({ ...root, TROUPE_SHARD: "0/4" }))).not.toThrow();
  expect(() => requireShard(load({}))).not.toThrow();
});

test("a file that is named is used for any root; one that is missing or wrong is named", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "mine.json");
  const env = { TROUPE_DB: "s3://bucket/fleet", TROUPE_FLEET: path };
  expect(() => load(env)).toThrow(`${path}: there is no such file`);
  await writeFile(path, '{ "shards": "many" }');
  expect(() => loadSettings({ env, envFile, isLenient: true })).toThrow(
    expect.objectContaining({
      code: "FLEET_INVALID",
      message: `${path}: shards must be a whole number from 1 to 4096, got "many"`,
    }),
  );
  await writeFile(path, '{ "shards": 2, "address": "http://troupe-{shard}:7878" }');
  expect(load(env).fleetFile?.addresses).toEqual(["http://troupe-0:7878", "http://troupe-1:7878"]);
});

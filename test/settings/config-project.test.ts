/** What the settings know of the project's folder: own BAML files, and variables of `.env`. */

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { loadSettings, readVariables } from "../../src/settings/config.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

test("a folder baml_src next to .env has the user's BAML functions, unless another is named", async () => {
  await using folder = await makeTempFolder();
  const envFile = join(folder.path, ".env");
  expect(loadSettings({ env: {}, envFile }).baml).toBeNull();
  const found = join(folder.path, "baml_src");
  await mkdir(found);
  expect(loadSettings({ env: {}, envFile }).baml).toBe(found);
  const named = loadSettings({ env: { TROUPE_BAML: "./prompts" }, envFile });
  expect(named.baml).toBe(resolve("prompts"));
});

test("a file models.json next to .env has the models, unless another is named", async () => {
  await using folder = await makeTempFolder();
  const envFile = join(folder.path, ".env");
  expect(loadSettings({ env: {}, envFile })).toMatchObject({ models: null, modelFile: null });
  const found = join(folder.path, "models.json");
  await writeFile(found, JSON.stringify({ mine: { provider: "offline" } }));
  const { models, modelFile } = loadSettings({ env: {}, envFile });
  expect([models, [...(modelFile?.models.keys() ?? [])]]).toEqual([found, ["mine"]]);
  const missing = { TROUPE_MODELS: join(folder.path, "other.json") };
  expect(() => loadSettings({ env: missing, envFile })).toThrow(
    /other\.json: there is no such file/,
  );
});

test("further variables are those of the reading, without settings of Troupe", async () => {
  await using folder = await makeTempFolder();
  const envFile = join(folder.path, ".env");
  await writeFile(envFile, "MY_KEY=from-file\nOTHER=from-file\n");
  const settings = loadSettings({ env: { OTHER: "from-env", TROUPE_TOKEN: "secret" }, envFile });
  await writeFile(envFile, "MY_KEY=changed\n");
  expect(readVariables(settings, ["MY_KEY", "OTHER", "NONE", "TROUPE_TOKEN"])).toEqual({
    MY_KEY: "from-file",
    OTHER: "from-env",
  });
});

test("the database is where a link leads when the settings are read, its end there or not", async () => {
  await using folder = await makeTempFolder();
  const envFile = join(folder.path, ".env");
  const real = join(folder.path, "real");
  await mkdir(real);
  await symlink("real", join(folder.path, "link"));
  await symlink("gone", join(folder.path, "dangling"));
  const placesOf = (db: string) => {
    const flags = { db: join(folder.path, db), local: join(folder.path, db, "local") };
    const settings = loadSettings({ env: {}, envFile, flags });
    return [settings.db, settings.local];
  };
  expect(placesOf("link")).toEqual([real, join(real, "local")]);
  expect(placesOf("link/a/b")).toEqual([join(real, "a", "b"), join(real, "a", "b", "local")]);
  expect(placesOf("dangling")[0]).toBe(join(folder.path, "dangling"));
});

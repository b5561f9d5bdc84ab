import { afterEach, expect, test, vi } from "vitest";
import { readSettings } from "../../src/cli/command-fleet.ts";
import { lanceEnvironment } from "../../src/store/lance/lance-settings.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

afterEach(() => vi.unstubAllEnvs());

test("settings are read from flags, and LanceDB finds its own in the environment", async () => {
  await using folder = await makeTempFolder();
  const expected = lanceEnvironment(folder.path);
  for (const name of Object.keys(expected)) vi.stubEnv(name, undefined);
  vi.stubEnv("LANCE_CPU_THREADS", "7");
  expect(await readSettings({ db: folder.path })).toMatchObject({ db: folder.path });
  expect(process.env).toMatchObject({ ...expected, LANCE_CPU_THREADS: "7" });
});

test("requests to an object store are as many at the same time as LanceDB makes", async () => {
  vi.stubEnv("LANCE_IO_THREADS", undefined);
  await readSettings({ db: "s3://bucket/fleet" });
  expect(process.env["LANCE_IO_THREADS"]).toBeUndefined();
  await using folder = await makeTempFolder();
  await readSettings({ db: folder.path });
  expect(process.env["LANCE_IO_THREADS"]).toBe("4");
});

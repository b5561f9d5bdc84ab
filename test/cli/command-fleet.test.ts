import { afterEach, expect, test, vi } from "vitest";
import { readSettings } from "../../src/cli/command-fleet.ts";
import { LANCE_ENVIRONMENT } from "../../src/store/lance/lance-settings.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

afterEach(() => vi.unstubAllEnvs());

test("settings are read from flags, and LanceDB finds its own in the environment", async () => {
  for (const name of Object.keys(LANCE_ENVIRONMENT)) vi.stubEnv(name, undefined);
  vi.stubEnv("LANCE_IO_THREADS", "7");
  await using folder = await makeTempFolder();
  expect(await readSettings({ db: folder.path })).toMatchObject({ db: folder.path });
  expect(process.env).toMatchObject({ ...LANCE_ENVIRONMENT, LANCE_IO_THREADS: "7" });
});

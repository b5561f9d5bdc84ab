import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { effectiveRow, isDatabase, readSettings } from "../../src/cli/open-database.ts";
import { LANCE_ENVIRONMENT } from "../../src/store/lance/lance-settings.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { agentRow } from "./sample-rows.ts";

afterEach(() => vi.unstubAllEnvs());

test("settings are read from flags, and LanceDB finds its own in the environment", async () => {
  for (const name of Object.keys(LANCE_ENVIRONMENT)) vi.stubEnv(name, undefined);
  vi.stubEnv("LANCE_IO_THREADS", "7");
  await using folder = await makeTempFolder();
  expect(await readSettings({ db: folder.path })).toMatchObject({ db: folder.path });
  expect(process.env).toMatchObject({ ...LANCE_ENVIRONMENT, LANCE_IO_THREADS: "7" });
});

test("a folder is a database once it holds the queue; one elsewhere is taken to be there", async () => {
  await using folder = await makeTempFolder();
  expect(await isDatabase(folder.path)).toBe(false);
  expect(await isDatabase(join(folder.path, "missing"))).toBe(false);
  await mkdir(join(folder.path, "queue.lance"));
  expect(await isDatabase(folder.path)).toBe(true);
  expect(await isDatabase("s3://bucket/path")).toBe(true);
});

test("a row is shown as running only beside the process that runs it", () => {
  const row = agentRow("agent1", { status: "running", epoch: 3 });
  const holder = { pid: 1, start_ticks: null, boot_id: null, started_at: 0 };
  expect(effectiveRow(row, undefined).status).toBe("restarting");
  expect(effectiveRow(row, holder)).toBe(row);
  expect(effectiveRow(row, { ...holder, epoch: 3 })).toBe(row);
  expect(effectiveRow(row, { ...holder, epoch: 4 }).status).toBe("restarting");
  const pausing = agentRow("agent1", { status: "restarting", paused: true });
  expect(effectiveRow(pausing, undefined).status).toBe("paused");
});

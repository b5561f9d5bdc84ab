import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { effectiveRow, isDatabase } from "../../src/fleet/open-database.ts";
import { agentRow } from "../cli/sample-rows.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

test("a folder is a database once it holds the queue; one elsewhere is taken to be there", async () => {
  await using folder = await makeTempFolder();
  expect(await isDatabase(folder.path)).toBe(false);
  expect(await isDatabase(join(folder.path, "missing"))).toBe(false);
  await mkdir(join(folder.path, "queue.lance"));
  expect(await isDatabase(folder.path)).toBe(true);
  expect(await isDatabase("s3://bucket/path")).toBe(true);
});

test("a row is shown as running only while its process runs", () => {
  const row = agentRow("agent1", { status: "running", epoch: 3 });
  const holder = { pid: 1, start_ticks: null, boot_id: null, started_at: 0 };
  expect(effectiveRow(row, undefined).status).toBe("restarting");
  expect(effectiveRow(row, holder)).toBe(row);
  expect(effectiveRow(row, { ...holder, epoch: 3 })).toBe(row);
  expect(effectiveRow(row, { ...holder, epoch: 4 }).status).toBe("restarting");
  const pausing = agentRow("agent1", { status: "restarting", paused: true });
  expect(effectiveRow(pausing, undefined).status).toBe("paused");
});

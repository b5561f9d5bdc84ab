import { expect, test } from "vitest";
import { getServer } from "../../src/fleet/find-server.ts";
import { openFleet } from "../../src/fleet/open-fleet.ts";
import { loadSettings } from "../../src/settings/config.ts";
import { acquireLock } from "../../src/store/ownership/lock.ts";
import { Control } from "../support/control.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

function placeOf(folder: string) {
  const db = `${folder}/data/troupe`;
  const warnings: unknown[] = [];
  const readSettings = async () => loadSettings({ flags: { db }, env: {}, envFile: `${db}.env` });
  return { readSettings, warnings, warn: (warning: unknown) => void warnings.push(warning) };
}

test("a fleet is opened through the server that runs on its database, or at its address", async () => {
  await using control = await Control.start();
  const { url } = control.troupe.server;
  const place = placeOf(control.folder);
  await using found = await openFleet(place);
  expect(found.source).toEqual({ kind: "server", url, pid: process.pid });
  await using named = await openFleet({ ...place, url });
  expect(named.source).toEqual({ kind: "server", url, pid: undefined });
  expect((await named.agentPage()).items).toEqual([]);
});

test("a fleet is opened through its tables if no server answers, and created only on request", async () => {
  await using folder = await makeTempFolder();
  const place = placeOf(folder.path);
  await expect(openFleet(place)).rejects.toMatchObject({ code: "DATABASE_NOT_FOUND" });
  await expect(getServer(place)).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  await using made = await openFleet(place, true);
  expect(made.source).toMatchObject({ kind: "tables", pid: undefined });
  expect(place.warnings).toEqual([]);
  const location = `${folder.path}/data/troupe`;
  await using lock = await acquireLock(location);
  await lock.note({ url: "http://127.0.0.1:1" });
  await using silent = await openFleet(place);
  expect(silent.source).toMatchObject({ kind: "tables", pid: process.pid });
  expect(place.warnings).toEqual([expect.stringContaining("does not answer")]);
});

/** `troupe db` where no server runs; beside one, see server.test.ts. */

import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findLockHolder } from "../../src/store/ownership/lock.ts";
import { leaveJournal } from "../support/left-journal.ts";
import { newAction } from "../support/sample-rows.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { troupe } from "./command.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

const ROWS = 5;

/** Each action is a commit of its own. */
async function fill({ store }: TestDatabase): Promise<void> {
  for (let n = 0; n < ROWS; n += 1) {
    await store.queue.append([newAction({ id: `${n}`, created_at: n })]);
  }
}

test("db stats reads the tables, and does not know when they were compacted", async () => {
  await using database = await makeDatabase();
  await fill(database);
  const { code, stdout, stderr } = await troupe(database, "db", "stats");
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `no supervisor runs on ${database.location} now\n`,
  });
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^table +rows +data +on disk +fragments +versions +compacted$/);
  expect(lines[1]).toMatch(/^queue +5 +[\d.]+ KiB +[\d.]+ KiB +5 +6 +–$/);
  expect(lines.slice(2).map((line) => line.split(" ", 1)[0])).toEqual([
    "agents_config",
    "agent_state",
    "agent_steps",
    "agent_effects",
  ]);
  const json = await troupe(database, "db", "stats", "-o", "json");
  const tables = await database.store.stats();
  expect(JSON.parse(json.stdout)).toEqual({ location: database.location, tables });
});

test("db compact removes what it replaces, and releases the database", async () => {
  await using database = await makeDatabase();
  await fill(database);
  const before = await database.store.stats();
  const { code, stdout, stderr } = await troupe(database, "db", "compact", "-o", "json");
  expect(code).toBe(0);
  expect(stderr).toMatch(/: [\d.]+ KiB on disk before, [\d.]+ KiB now\n$/);
  const { tables } = JSON.parse(stdout);
  expect(tables.queue).toMatchObject({ rows: ROWS, fragments: 1 });
  expect(tables.queue.versions).toBeLessThan(ROWS);
  expect(tables.queue.disk_bytes).toBeLessThan(before.queue.disk_bytes ?? 0);
  expect(tables.queue.compacted_at).toEqual(expect.any(Number));
  expect(await findLockHolder(database.location)).toBeUndefined();
  expect(await database.store.queue.countPending()).toBe(ROWS);
});

test("db compact leaves a database alone that a process without a server holds", async () => {
  await using database = await makeDatabase();
  await fill(database);
  await using _held = await database.supervise();
  const { code, stdout, stderr } = await troupe(database, "db", "compact");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`troupe: DATABASE_LOCKED: database ${database.location} is in use`);
  expect((await database.store.stats()).queue.fragments).toBe(ROWS);
});

test.each(["stats", "compact"])("db %s makes no database where there is none", async (verb) => {
  await using folder = await makeTempFolder();
  const { code, stdout, stderr } = await troupe({ cwd: folder.path }, "db", verb);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/^troupe: DATABASE_NOT_FOUND: /);
  await expect(access(join(folder.path, "data"))).rejects.toThrow("ENOENT");
});

test("the journal of a program that was killed is counted and listed, and left as it is", async () => {
  await using database = await makeDatabase();
  const { location } = database;
  const row = newAction({ id: "left", created_at: Date.now() });
  await leaveJournal(location, { rows: [row] });
  const stats = await troupe(database, "db", "stats");
  expect(stats.stderr).toContain(
    `no supervisor runs on ${location} now; the next start brings the journal's rows into the tables\n`,
  );
  expect(stats.stderr).toMatch(/^journal: 1 actions?, .+ on disk$/m);
  const json = await troupe(database, "db", "stats", "-o", "json");
  expect(JSON.parse(json.stdout).journal).toMatchObject({ entries: 1 });
  expect((await troupe(database, "queue", "list")).stdout).toMatch(
    /^left +agent_pause +agent1 +pending /m,
  );
  const shown = await troupe(database, "queue", "show", "left", "-o", "json");
  expect(JSON.parse(shown.stdout)).toMatchObject({ id: "left", outcome: null });
  expect(await readdir(location)).not.toContain("journal.sqlite-shm");
});

/** Actions that only the journal of an ended process has, seen from another process. */

import { mkdir, open, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Database, openLocation } from "../../../src/fleet/open-database.ts";
import { TableFleet } from "../../../src/fleet/table-fleet.ts";
import type { ActionRow } from "../../../src/model/action.ts";
import { LeftJournal } from "../../../src/store/journal/left-journal.ts";
import { acquireLock } from "../../../src/store/ownership/lock.ts";
import { openStore } from "../../../src/store/store.ts";
import { inPages } from "../../support/in-pages.ts";
import { databaseAt, leaveJournal } from "../../support/left-journal.ts";
import { ackOf, newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

async function folderOf(): Promise<string> {
  const folder = await makeTempFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return folder.path;
}

function journalIn(
  folder: string,
  given: Partial<ConstructorParameters<typeof LeftJournal>[0]> = {},
) {
  return new LeftJournal({
    folder,
    database: () => databaseAt(undefined),
    isOwned: async () => false,
    ...given,
  });
}

/** Open next to no process. */
async function openDatabase(): Promise<Database> {
  const location = join(await folderOf(), "database");
  const database = await openLocation({ location, local: null, storage: {} });
  onTestFinished(() => database.store.close());
  return database;
}

const rows = ["a", "b", "c"].map((id, n) => newAction({ id, created_at: 1_000 + n }));

describe("a left journal", () => {
  test("gives its actions with their ends, and is not changed", async () => {
    const folder = await folderOf();
    await leaveJournal(folder, { rows, ends: [ackOf("b", { outcome: "rejected" })] });
    const before = await bytesOf(folder);
    const journal = journalIn(folder);
    const found = await journal.rows();
    expect(found.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["a", null],
      ["b", "rejected"],
      ["c", null],
    ]);
    expect(await journal.rows()).toBe(found);
    expect(await journal.figures()).toMatchObject({ entries: 3, bytes: expect.any(Number) });
    expect(await bytesOf(folder)).toEqual(before);
  });

  test("is read again once it has changed", async () => {
    const folder = await folderOf();
    await leaveJournal(folder, { rows: rows.slice(0, 1) });
    const journal = journalIn(folder);
    expect(await journal.rows()).toHaveLength(1);
    await leaveJournal(folder, { rows });
    expect(await journal.rows()).toHaveLength(3);
  });

  test("of a database that is run, of another one, or that is none has no actions", async () => {
    const folder = await folderOf();
    expect(await journalIn(join(folder, "nothing")).figures()).toBeUndefined();
    const of = (place: string, id = place) => ({ database: () => databaseAt(place, id) });
    await leaveJournal(folder, { rows, place: "s3://bucket/one" });
    expect(await journalIn(folder, { isOwned: async () => true }).figures()).toBeUndefined();
    expect(await journalIn(folder, of("s3://bucket/two")).rows()).toEqual([]);
    expect(await journalIn(folder, of("s3://bucket/one")).rows()).toHaveLength(3);
    // A link that an earlier process did not follow.
    const linked = await folderOf();
    const place = join(linked, "link");
    await symlink(folder, place);
    await leaveJournal(linked, { rows, place });
    expect(await journalIn(linked, of(await realpath(folder), place)).rows()).toHaveLength(3);
    const other = await folderOf();
    await mkdir(join(other, "journal.sqlite"));
    expect(await journalIn(other).figures()).toBeUndefined();
  });

  test("that cannot be read is no error, and one line of the log reports it", async () => {
    const folder = await folderOf();
    const logged: unknown[] = [];
    const warn = (fields: object) => void logged.push(fields);
    const log = { debug: warn, info: warn, warn };
    await writeFile(join(folder, "journal.sqlite"), "this is no database".repeat(1_000));
    expect(await journalIn(folder, { log }).rows()).toEqual([]);
    expect(logged).toHaveLength(1);
    expect(await journalIn(folder).findFault()).toMatchObject({
      code: "JOURNAL_DAMAGED",
      message: expect.stringContaining("journal.sqlite is damaged: file is not a database"),
    });
    const other = await folderOf();
    await mkdir(join(other, "journal.sqlite"));
    expect(await journalIn(other).findFault()).toMatchObject({ code: "JOURNAL_DAMAGED" });
    const whole = await folderOf();
    expect(await journalIn(whole).findFault()).toBeUndefined();
    await leaveJournal(whole, { rows });
    expect(await journalIn(whole).findFault()).toBeUndefined();
    await rm(join(whole, "journal.sqlite")); // its log stays
    expect(await journalIn(whole).findFault()).toMatchObject({ code: "JOURNAL_DAMAGED" });
    const cut = await folderOf();
    await leaveJournal(cut, { rows });
    await using file = await open(join(cut, "journal.sqlite-wal"), "r+");
    await file.write("damaged", 1_000);
    expect(await journalIn(cut).findFault()).toMatchObject({
      code: "JOURNAL_DAMAGED",
      message: expect.stringContaining("has actions behind a damaged place"),
    });
  });

  test("of a newer Troupe is refused by its reads, which would lack its actions", async () => {
    const folder = await folderOf();
    await leaveJournal(folder, { rows });
    const path = join(folder, "journal.sqlite");
    const file = new DatabaseSync(path);
    file.exec("PRAGMA user_version = 99");
    file.close();
    const [journal, newer] = [journalIn(folder), { code: "DATABASE_NEWER", details: { path } }];
    await expect(journal.rows()).rejects.toMatchObject(newer);
    await expect(journal.effects()).rejects.toMatchObject(newer);
    await expect(journal.figures()).rejects.toMatchObject(newer);
  });
});

describe("the queue of a database that no process runs", () => {
  test("has the journal's actions and ends, until a process runs", async () => {
    const { store, location } = await openDatabase();
    const [a, b, c] = rows as [ActionRow, ActionRow, ActionRow];
    await store.queue.append([a, b]);
    await store.queue.ack([ackOf("a")]);
    const ends = [ackOf("b"), ackOf("a", { outcome: "rejected" })];
    await leaveJournal(location, { rows, ends });
    expect(await store.queue.find("c")).toMatchObject({ id: "c", processed: false });
    expect(await store.queue.find("b")).toMatchObject({ outcome: "done" });
    expect(await store.queue.find("a")).toMatchObject({ outcome: "done" });
    expect(await store.queue.countPending()).toBe(1);
    {
      await using _lock = await acquireLock(location);
      expect(await store.queue.find("c")).toBeUndefined();
      expect(await store.queue.countPending()).toBe(1);
    }
    expect(await store.queue.find("c")).toMatchObject({ created_at: c.created_at });
  });

  test("takes new actions into the table", async () => {
    const { store, location } = await openDatabase();
    await leaveJournal(location, { rows });
    await store.queue.append([newAction({ id: "d", created_at: 5_000 })]);
    await using seen = await openStore({ location });
    expect((await seen.queue.list()).items.map(({ id }) => id)).toEqual(["d"]);
    const { items } = await store.queue.list();
    expect(items.map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
  });

  test("has an action of the journal withdrawn, and the next start neither repeats nor loses it", async () => {
    const database = await openDatabase();
    const { location } = database;
    await leaveJournal(location, { rows, ends: [ackOf("b")] });
    const readSettings = () => Promise.reject(new Error("not needed"));
    const fleet = new TableFleet(database, { readSettings });
    expect(await fleet.actionCancel("a", "ann", "why")).toMatchObject({ outcome: "cancelled" });
    await expect(fleet.actionCancel("b", "ann")).rejects.toMatchObject({ code: "ACTION_BEGUN" });
    expect(await fleet.actionFind("a")).toMatchObject({ outcome: "cancelled" });
    await using lock = await acquireLock(location);
    await using own = await openStore({
      location,
      journal: { folder: location, acksInTable: false },
    });
    const { items } = await own.queue.list();
    expect(items.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["c", null],
      ["b", "done"],
      ["a", "cancelled"],
    ]);
    expect(lock.path).toContain(location);
  });

  test("is listed page by page without a gap or a repeat", async () => {
    const spot = fc.record({
      at: fc.nat(4),
      isInTable: fc.boolean(),
      isInJournal: fc.boolean(),
      end: fc.constantFrom("none", "table", "journal"),
      agent: fc.constantFrom("agent1", "agent2"),
    });
    const spots = fc.array(spot, { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(spots, fc.integer({ min: 1, max: 5 }), async (given, limit) => {
        await using folder = await makeTempFolder();
        const location = join(folder.path, "database");
        const { store } = await openLocation({ location, local: null, storage: {} });
        const all = given.map((one, n) => ({
          ...one,
          row: newAction({ id: `${n}`, created_at: one.at, agent_id: one.agent }),
        }));
        const there = all.filter(({ isInTable }) => isInTable);
        const here = all.filter(({ isInJournal }) => isInJournal);
        const endedIn = (those: typeof all, place: string) =>
          those.filter(({ end }) => end === place).map(({ row }) => ackOf(row.id));
        await store.queue.append(there.map(({ row }) => row));
        await store.queue.ack(endedIn(there, "table"));
        await leaveJournal(location, {
          rows: here.map(({ row }) => row),
          ends: endedIn(here, "journal"),
        });
        const expected = all
          .filter(({ isInTable, isInJournal }) => isInTable || isInJournal)
          .map(({ row, end, isInTable, isInJournal }) => {
            const hasEnded = (isInTable && end === "table") || (isInJournal && end === "journal");
            return { ...row, processed: hasEnded };
          })
          .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1));
        const filters = [
          {},
          { status: "pending" },
          { status: "processed" },
          { agent_id: "agent1" },
        ] as const;
        for (const filter of filters) {
          const seen = await inPages(limit, (page) => store.queue.list({ ...filter, ...page }));
          const fits = (row: ActionRow) =>
            ("agent_id" in filter ? row.agent_id === filter.agent_id : true) &&
            ("status" in filter ? row.processed === (filter.status === "processed") : true);
          expect(seen.map(({ id }) => id)).toEqual(expected.filter(fits).map(({ id }) => id));
        }
        await store.close();
      }),
      { numRuns: 8 },
    );
  }, 60_000);
});

async function bytesOf(folder: string): Promise<readonly unknown[]> {
  const names = (await readdir(folder)).sort();
  return await Promise.all(
    names.map(async (name) => [name, (await readFile(join(folder, name))).toString("base64")]),
  );
}

/** A journal outside of its database's folder, and databases that were moved, copied or replaced. */

import { cp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { openLocation } from "../../../src/fleet/open-database.ts";
import { findOtherOwner } from "../../../src/store/journal/journal-owner.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { block } from "../../support/break.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

interface Places {
  readonly db: string;
  readonly other: string;
  readonly local: string;
}

function open(location: string, { local }: Places): Promise<Store> {
  const journal = { folder: local, acksInTable: false };
  return openStore({ location, janitor: {}, journal });
}

/** Leaves a database at `db`, and one of its actions, `a`, in the journal alone. */
async function leaveAction(): Promise<Places> {
  const { path, [Symbol.asyncDispose]: remove } = await makeTempFolder();
  onTestFinished(() => remove());
  const [db = "", other = "", local = ""] = ["db", "other", "local"].map((name) =>
    join(path, name),
  );
  const places = { db, other, local };
  const store = await open(db, places);
  const mend = await block(join(db, "queue.lance/_transactions"));
  await store.queue.append([newAction({ id: "a" })], true);
  await store.close();
  await mend();
  return places;
}

/** True if the store has the action, and its table gets it. */
async function hasAction(location: string, places: Places): Promise<boolean> {
  await using store = await open(location, places);
  store.queue.journal?.attach({ onEndsWritten: () => undefined, onRemoved: () => undefined });
  return (await store.queue.find("a")) !== undefined;
}

/** As a process sees it that does not run the database. */
async function isListed(location: string, { local }: Places): Promise<boolean> {
  await using database = await openLocation({ location, local, storage: {} });
  return (await database.store.queue.find("a")) !== undefined;
}

describe("a journal in TROUPE_LOCAL", () => {
  test("is that of a database that was moved", async () => {
    const places = await leaveAction();
    await rename(places.db, places.other);
    // No database, either.
    await writeFile(places.db, "moved");
    expect(await isListed(places.other, places)).toBe(true);
    expect(await hasAction(places.other, places)).toBe(true);
    await rm(places.db);
    // It has nothing left that a new database at the old place could take.
    expect(await hasAction(places.db, places)).toBe(false);
  });

  test("does not give its actions to a new database at the old place, and keeps them for the moved one", async () => {
    const places = await leaveAction();
    await rename(places.db, places.other);
    const empty = open(places.db, places);
    await expect(empty).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(
        /has 1 action of the database [-0-9a-f]{36}, last at .*db, and not of [-0-9a-f]{36} at .*db; start that database, wherever it is now, with this TROUPE_LOCAL, or set another TROUPE_LOCAL/,
      ),
    });
    expect(await isListed(places.db, places)).toBe(false);
    expect(await hasAction(places.other, places)).toBe(true);
  });

  test("is not that of a copy while the original is there, and then is", async () => {
    const places = await leaveAction();
    await cp(places.db, places.other, { recursive: true });
    await expect(open(places.other, places)).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(/has 1 action of .*db, of which .*other is a copy: both/),
    });
    expect(await isListed(places.other, places)).toBe(false);
    await rm(places.db, { recursive: true });
    expect(await hasAction(places.other, places)).toBe(true);
  });

  test("of an older Troupe, without an id, is known by its place", async () => {
    const places = await leaveAction();
    {
      using file = new DatabaseSync(join(places.local, "journal.sqlite"));
      file.exec("DELETE FROM meta WHERE name = 'database'");
    }
    await expect(open(places.other, places)).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(/has 1 action of .*db; start that database, or set another/),
    });
    expect(await hasAction(places.db, places)).toBe(true);
    using file = new DatabaseSync(join(places.local, "journal.sqlite"), { readOnly: true });
    const noted = file.prepare("SELECT value FROM meta WHERE name = 'database'").get();
    expect(noted?.["value"]).toMatch(/^[-0-9a-f]{36}$/);
  });

  test("that is also the folder of another database is not that database's", async () => {
    const places = await leaveAction();
    await expect(open(places.local, places)).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(/of the database .*, last at .*db, and not of .* at .*local;/),
    });
    expect(await hasAction(places.db, places)).toBe(true);
  });

  test("that is the original's own folder is not a copy's", async () => {
    const { db, other, local } = await leaveAction();
    // As if the database had always had its journal in its own folder.
    await cp(db, other, { recursive: true });
    await rename(join(local, "journal.sqlite"), join(db, "journal.sqlite"));
    {
      using file = new DatabaseSync(join(db, "journal.sqlite"));
      file.exec("UPDATE meta SET value = NULL WHERE name IN ('place', 'database_place')");
    }
    await expect(open(other, { db, other, local: db })).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(/has 1 action of .*db, of which .*other is a copy: both/),
    });
    expect(await hasAction(db, { db, other, local: db })).toBe(true);
  });

  test("is known by its place alone once an older Troupe has noted another one", async () => {
    const places = await leaveAction();
    {
      using file = new DatabaseSync(join(places.local, "journal.sqlite"));
      file.prepare("UPDATE meta SET value = ? WHERE name = 'place'").run(places.other);
    }
    await expect(open(places.db, places)).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(/has 1 action of .*other; start that database/),
    });
    expect(await hasAction(places.other, places)).toBe(true);
  });

  test("is not judged if it cannot be known whether the original is still there", async () => {
    const fault = new Error("the bucket does not answer");
    const noted = { place: "s3://bucket/one", databaseId: "id" };
    const findIdAt = () => Promise.reject(fault);
    const moved = { folder: "local", place: "s3://bucket/two", id: "id", findIdAt };
    await expect(findOtherOwner(noted, moved)).rejects.toMatchObject({
      code: "DATABASE_UNUSABLE",
      message:
        "the journal of s3://bucket/two was last used with s3://bucket/one, which cannot be read: the bucket does not answer; s3://bucket/two may be a copy of it: make it readable, or set another TROUPE_LOCAL",
    });
  });
});

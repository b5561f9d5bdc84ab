/** The journal's file with effects: refusals, older and foreign files, and what a process has left. */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import type { JournalFile } from "../../../src/store/journal/journal-file.ts";
import { JournaledEffects } from "../../../src/store/journal/journaled-effects.ts";
import { LeftJournal } from "../../../src/store/journal/left-journal.ts";
import { openStore } from "../../../src/store/store.ts";
import { databaseAt } from "../../support/left-journal.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { openCrashed } from "../crash-copy.ts";
import { inTable, type Opened, openJournaled, started, withJournal } from "../effects-store.ts";

/** A store whose journal refuses effects until it has an action. */
async function openRefusing(): Promise<Opened> {
  const { store, location } = await openJournaled();
  await store.close();
  {
    using database = new DatabaseSync(join(location, "journal.sqlite"));
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON effects
      WHEN (SELECT count(*) FROM entries) = 0
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
  }
  const again = await openStore({ location, ...withJournal(location) });
  onTestFinished(() => again.close());
  return { store: again, location };
}

describe("while the journal takes nothing", () => {
  test("keep waits, the store reports it, and later the row is kept", async () => {
    const { store } = await openRefusing();
    const order: string[] = [];
    const kept = store.effects.keep(started("a")).then(() => order.push("kept"));
    await until(() => !store.health.isWritable);
    expect(store.health.error).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("cannot be written: database or disk is full"),
    });
    order.push("mended");
    await store.queue.append([newAction()], true);
    await kept;
    expect(order).toEqual(["mended", "kept"]);
    expect(store.health.isWritable).toBe(true);
  });

  test("keep gives up once the process is ending", async () => {
    const { store } = await openRefusing();
    const kept = store.effects.keep(started("a"));
    const refused = expect(kept).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await until(() => !store.health.isWritable);
    store.stopRetryingAfter(0);
    await refused;
  });
});

describe("the journal's file", () => {
  test("of a Troupe without effects is upgraded in place, with its actions", async () => {
    const { store, location } = await openJournaled();
    await store.close();
    {
      using database = new DatabaseSync(join(location, "journal.sqlite"));
      database.exec("DROP TABLE effects; PRAGMA user_version = 1");
      const row = JSON.stringify(newAction({ id: "old" }));
      database.prepare("INSERT INTO entries (seq, row) VALUES (1, ?)").run(row);
    }
    const left = new LeftJournal({
      folder: location,
      database: () => databaseAt(undefined),
      isOwned: async () => false,
    });
    expect(await left.effects()).toEqual([]);
    expect(await left.rows()).toMatchObject([{ id: "old" }]);
    const next = await openStore({ location, ...withJournal(location) });
    onTestFinished(() => next.close());
    expect(await next.queue.find("old")).toMatchObject({ id: "old" });
    await next.effects.keep(started("a"));
    const last = await openCrashed(location, withJournal);
    expect(await last.effects.reads.find("a")).toMatchObject({ state: "started" });
  });

  test("has the effects of an earlier process until they are taken, and does not keep them in memory", () => {
    // Nothing is read or written here.
    const file = undefined as unknown as JournalFile;
    const effects = new JournaledEffects(file, [{ seq: 7, row: JSON.stringify(started("a")) }]);
    expect(effects.takeLeft()).toMatchObject([{ seq: 7, row: { effect_id: "a" } }]);
    expect(effects.takeLeft()).toEqual([]);
    expect([effects.size, effects.nextSeq()]).toEqual([1, 8]);
  });

  test("with effects of another database is refused", async () => {
    const folder = await makeTempFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const local = join(folder.path, "local");
    const journal = { folder: local, acksInTable: false };
    const location = join(folder.path, "db");
    const store = await openStore({ location, janitor: {}, journal });
    await store.effects.keep(started("a"));
    const copy = join(folder.path, "copy");
    await cp(local, copy, { recursive: true });
    await store.close();
    const other = openStore({
      location: join(folder.path, "other"),
      janitor: {},
      journal: { folder: copy, acksInTable: false },
    });
    await expect(other).rejects.toMatchObject({
      code: "JOURNAL_MISMATCH",
      message: expect.stringMatching(/has 1 effect of .*db, and not of .*other; start that/),
    });
  });

  test("that a process has left is read by others", async () => {
    const { store, location } = await openJournaled();
    await store.effects.keep(started("a"));
    await store.effects.keep(started("b", { turn: 0, key: "k" }));
    const other = await openCrashed(location, (copy) => ({
      left: new LeftJournal({
        folder: copy,
        database: () => databaseAt(undefined),
        isOwned: async () => false,
      }),
    }));
    expect(await inTable(other.location)).toEqual([]);
    expect((await other.effects.pages.list()).items.map(({ effect_id }) => effect_id)).toEqual([
      "b",
      "a",
    ]);
    expect(await other.effects.reads.findKey("agent1", "k")).toMatchObject([{ effect_id: "b" }]);
    expect(await other.effects.pages.listOfStep("agent1", 1)).toHaveLength(2);
  });
});

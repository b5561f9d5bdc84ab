import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { ActionRow } from "../../../src/model/action.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { block } from "../../support/break.ts";
import { ackOf, newAction } from "../../support/sample-rows.ts";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

interface OpenOptions {
  readonly acksInTable?: boolean;
  /** The journal's folder; by default the database's. */
  readonly folder?: string;
}

function open({ path }: TempFolder, { acksInTable = false, folder }: OpenOptions = {}) {
  const location = join(path, "db");
  const journal = { folder: folder ?? location, acksInTable };
  return openStore({ location, janitor: {}, journal });
}

/** As another process sees it: the table alone. */
async function inTable({ path }: TempFolder): Promise<ReadonlyMap<string, ActionRow>> {
  await using other = await openStore({ location: join(path, "db") });
  const { items } = await other.queue.list({ limit: 1_000 });
  return new Map(items.map((row) => [row.id, row]));
}

/** Entries of the journal's file of a store that has died, as it left them. */
function entriesLeft(folder: string): number {
  using database = new DatabaseSync(join(folder, "journal.sqlite"));
  return Number(database.prepare("SELECT count(*) AS n FROM entries").get()?.["n"]);
}

/** What the dispatcher was told. */
function attach(store: Store) {
  const written: string[] = [];
  const removed: string[] = [];
  const ended = store.queue.journal?.attach({
    onEndsWritten: (ids) => written.push(...ids),
    onRemoved: (rows) => removed.push(...rows.map(({ id }) => id)),
  });
  return { written, removed, ended };
}

test("what is accepted is found, listed and counted at once, and is in the table a moment later", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  const row = newAction({ id: "a" });
  await store.queue.append([row], true);
  expect(await store.queue.find("a")).toMatchObject({ id: "a", processed: false });
  expect((await store.queue.findAll(["a", "b"])).size).toBe(1);
  const { items } = await store.queue.list();
  expect(items).toMatchObject([{ id: "a" }]);
  expect(await store.queue.countPending()).toBe(1);
  expect((await inTable(folder)).get("a")).toMatchObject({ processed: false });
});

test("an action that ends soon is written once, with its end", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  const { written, removed } = attach(store);
  const commits = store.commits.queue;
  await store.queue.append([newAction({ id: "a" })], true);
  await store.queue.ack([ackOf("a")]);
  expect(await store.queue.find("a")).toMatchObject({ processed: true, outcome: "done" });
  await until(() => removed.length === 1);
  expect(written).toEqual(["a"]);
  expect(store.commits.queue).toBe(commits + 1);
  expect((await inTable(folder)).get("a")).toMatchObject({ processed: true, outcome: "done" });
  expect(store.journal?.entries).toBe(0);
});

test("an action that lasts is appended as pending, and ends by an update", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  const { removed } = attach(store);
  await store.queue.append([newAction({ id: "a" })], true);
  await until(async () => (await inTable(folder)).has("a"));
  expect(store.journal?.entries).toBe(1);
  await store.queue.ack([ackOf("a")]);
  await until(() => removed.length === 1);
  expect((await inTable(folder)).get("a")).toMatchObject({ processed: true });
});

test("an entry stays until its effect is stored", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  const { written, removed } = attach(store);
  await store.queue.append([newAction({ id: "a" })], true);
  store.queue.journal?.openEffect("a");
  await store.queue.ack([ackOf("a")]);
  await until(() => written.length === 1);
  expect([removed, store.journal?.entries]).toEqual([[], 1]);
  store.queue.journal?.closeEffect("a");
  await until(() => removed.length === 1);
});

test("an action that the poller reads leaves the journal, and not before its effect is stored", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  attach(store);
  await store.queue.append([newAction({ id: "a" }), newAction({ id: "b" })]);
  store.queue.journal?.openEffect("b");
  await until(() => store.queue.journal?.has("a") === false);
  expect(store.queue.journal?.has("b")).toBe(true);
  await store.queue.ack([ackOf("b")]);
  store.queue.journal?.closeEffect("b");
  await until(() => store.journal?.entries === 0);
});

test("while the table takes no rows, actions are accepted and end, and nothing is lost", async () => {
  await using folder = await makeTempFolder();
  const db = join(folder.path, "db");
  const ids = ["a", "b", "c"];
  {
    await using store = await open(folder);
    attach(store);
    const mend = await block(join(db, "queue.lance/_transactions"));
    for (const id of ids) await store.queue.append([newAction({ id })], true);
    await store.queue.ack([ackOf("a")]);
    expect(await store.queue.find("a")).toMatchObject({ outcome: "done" });
    // It closes without the table.
    await store.close();
    await mend();
  }
  expect(entriesLeft(db)).toBe(3);
  expect((await inTable(folder)).size).toBe(0);
  await using next = await open(folder);
  const { ended } = attach(next);
  expect(ended?.map(({ row }) => row.id)).toEqual(["a"]);
  await until(async () => (await inTable(folder)).size === 3);
  expect((await inTable(folder)).get("a")).toMatchObject({ processed: true, outcome: "done" });
  expect((await inTable(folder)).get("b")).toMatchObject({ processed: false });
});

test("a start repeats what had an effect, in the order of the ends", async () => {
  await using folder = await makeTempFolder();
  {
    await using store = await open(folder);
    attach(store);
    const mend = await block(join(folder.path, "db/queue.lance/_transactions"));
    for (const id of ["late", "early", "nothing", "refused"]) {
      await store.queue.append([newAction({ id })], true);
    }
    await store.queue.ack([ackOf("early", { processed_at: 1 })]);
    await store.queue.ack([ackOf("nothing", { processed_at: 2, isEffectless: true })]);
    await store.queue.ack([ackOf("refused", { processed_at: 3, outcome: "rejected" })]);
    await store.queue.ack([ackOf("late", { processed_at: 4 })]);
    await store.close();
    await mend();
  }
  await using next = await open(folder);
  const ended = attach(next).ended ?? [];
  expect(ended.map(({ row, isEffectOpen }) => [row.id, isEffectOpen])).toEqual([
    ["early", true],
    ["nothing", false],
    ["refused", false],
    ["late", true],
  ]);
});

test("an effect is not repeated if a process with another journal has ended the action", async () => {
  await using folder = await makeTempFolder();
  const first = join(folder.path, "first");
  const other = join(folder.path, "other");
  {
    await using store = await open(folder, { folder: first });
    attach(store);
    const rows = ["ours", "theirs"].map((id) => newAction({ id }));
    await store.queue.append(rows, true);
    await store.queue.settle();
    const mend = await block(join(folder.path, "db/queue.lance/_transactions"));
    await store.queue.ack(["ours", "theirs"].map((id) => ackOf(id, { processed_at: 1 })));
    await store.close();
    await mend();
  }
  {
    await using store = await open(folder, { folder: other });
    attach(store);
    await store.queue.ack([ackOf("theirs", { processed_at: 2 })]);
  }
  await using next = await open(folder, { folder: first });
  const ended = attach(next).ended ?? [];
  expect(ended.map(({ row, isEffectOpen }) => [row.id, isEffectOpen])).toEqual([
    ["ours", true],
    ["theirs", false],
  ]);
  await until(async () => (await inTable(folder)).get("ours")?.processed);
  expect((await inTable(folder)).get("theirs")).toMatchObject({ processed_at: 2 });
});

test.each([
  ["that were stored in one batch, with one time", 5, 5],
  ["between which the clock was set back", 5, 2],
])("ends %s are repeated in their order", async (_, first, then) => {
  await using folder = await makeTempFolder();
  {
    await using store = await open(folder);
    attach(store);
    const mend = await block(join(folder.path, "db/queue.lance/_transactions"));
    await store.queue.append(
      ["a", "b", "c"].map((id) => newAction({ id })),
      true,
    );
    await store.queue.ack([ackOf("c", { processed_at: first })]);
    await store.queue.ack(["b", "a"].map((id) => ackOf(id, { processed_at: then })));
    await store.close();
    await mend();
  }
  await using next = await open(folder);
  const ended = attach(next).ended ?? [];
  expect(ended.map(({ row }) => row.id)).toEqual(["c", "b", "a"]);
});

test("rows that the table has already are not appended again", async () => {
  await using folder = await makeTempFolder();
  const row = newAction({ id: "a" });
  {
    await using store = await open(folder);
    await store.queue.append([row], true);
  }
  const db = join(folder.path, "db");
  {
    using database = new DatabaseSync(join(db, "journal.sqlite"));
    database.prepare("INSERT INTO entries VALUES (1, ?, NULL)").run(JSON.stringify(row));
  }
  await using store = await open(folder);
  const { removed } = attach(store);
  await until(() => store.journal?.entries === 0);
  // It has not ended: what its agent remembers of it is still needed.
  expect(removed).toEqual([]);
  await using other = await openStore({ location: db });
  expect((await other.queue.list()).items.map(({ id }) => id)).toEqual(["a"]);
});

test("asked for it, an action is answered only once the table has it", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder, { acksInTable: true });
  await store.queue.append([newAction({ id: "a" })], true);
  expect((await inTable(folder)).has("a")).toBe(true);
});

test("a waiting create and a later action are found before the table has them", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  const later = Date.now() + 3_600_000;
  await store.queue.append(
    [
      newAction({ id: "create", action: "create_agent", agent_id: "x" }),
      newAction({ id: "later", agent_id: "x", not_before: later }),
      newAction({ id: "now", agent_id: "x" }),
      newAction({ id: "other", agent_id: "y", not_before: later }),
    ],
    true,
  );
  const { keys } = await store.queue.waiting.find("x");
  expect(keys.map(({ id }) => id)).toEqual(["create", "later"]);
});

test("a journal of another database, or of a later version, is refused", async () => {
  await using folder = await makeTempFolder();
  const local = join(folder.path, "local");
  {
    await using store = await open(folder, { folder: local });
    attach(store);
    const mend = await block(join(folder.path, "db/queue.lance/_transactions"));
    await store.queue.append([newAction({ id: "a" })], true);
    await store.close();
    await mend();
  }
  const journal = { folder: local, acksInTable: false };
  const other = openStore({ location: join(folder.path, "other"), janitor: {}, journal });
  await expect(other).rejects.toMatchObject({ code: "JOURNAL_MISMATCH" });
  {
    using database = new DatabaseSync(join(local, "journal.sqlite"));
    database.exec("PRAGMA user_version = 1000");
  }
  await expect(open(folder, { folder: local })).rejects.toMatchObject({
    code: "DATABASE_NEWER",
    details: { path: join(local, "journal.sqlite"), layout: 1_000, known: 2 },
  });
});

test("a postponed action that was left with its time is in the table, and no news to the poller", async () => {
  await using folder = await makeTempFolder();
  await using store = await open(folder);
  attach(store);
  await store.queue.hasForeignCommits();
  const commits = store.commits.queue;
  await store.queue.append([newAction({ id: "a", not_before: Date.now() + 60_000 })], true);
  store.queue.journal?.leaveUntilDue(["a", "unknown"]);
  await until(() => store.journal?.entries === 0);
  expect(store.commits.queue).toBe(commits + 1);
  expect((await inTable(folder)).get("a")).toMatchObject({ processed: false });
  expect(await store.queue.hasForeignCommits()).toBe(false);
});

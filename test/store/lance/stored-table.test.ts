/** One LanceDB table, a real one: its writes, which commits are its own, and failures. */

import { join } from "node:path";
import type { Connection } from "@lancedb/lancedb";
import { describe, expect, onTestFinished, test } from "vitest";
import { TroupeError } from "../../../src/model/errors.ts";
import { type EncodedRow, encodeRow } from "../../../src/store/lance/codec.ts";
import { openConnection, openTable } from "../../../src/store/lance/connection.ts";
import { all, predicatesOf } from "../../../src/store/lance/predicate.ts";
import type { StoredTable, TableObserver } from "../../../src/store/lance/stored-table.ts";
import { block } from "../../support/break.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const has = predicatesOf("queue");
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

interface Opened {
  readonly location: string;
  readonly table: StoredTable<"queue">;
  /** The same table as another process has it. */
  readonly other: () => Promise<StoredTable<"queue">>;
}

async function open(observer?: TableObserver): Promise<Opened> {
  const folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const opened: { readonly connection: Connection; readonly table: StoredTable<"queue"> }[] = [];
  onTestFinished(async () => {
    for (const { connection, table } of opened) {
      await table.close();
      connection.close();
    }
    await folder[Symbol.asyncDispose]();
  });
  const openOne = async (options: { readonly observer?: TableObserver | undefined }) => {
    const connection = await openConnection(location);
    const table = await openTable(connection, "queue", { location, log, ...options });
    opened.push({ connection, table });
    return table;
  };
  return { location, table: await openOne({ observer }), other: () => openOne({}) };
}

function row(id: string, given: Partial<Parameters<typeof newAction>[0]> = {}): EncodedRow {
  return encodeRow("queue", { ...newAction({ id, ...given }), processed: false, urgency: 0 });
}

const rows = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => row(`${prefix}${n}`));

/** The ids for which the column has the value. */
async function idsWhere(
  table: StoredTable<"queue">,
  column: "actor" | "processed",
  value: string | boolean,
): Promise<readonly string[]> {
  const where = has.is(column, value);
  const found = await table.read<{ readonly id: string }>({ where, columns: ["id"] });
  return found.map(({ id }) => id).sort();
}

describe("append", () => {
  test("stores all rows in one commit and announces it", async () => {
    const { table } = await open();
    let heard = 0;
    table.onCommit = () => {
      heard += 1;
    };
    await table.append([row("a"), row("b")]);
    expect(await table.count()).toBe(2);
    expect([table.commits, heard]).toEqual([1, 1]);
    expect((await table.stats()).fragments).toBe(1);
  });

  test("of no rows is no commit", async () => {
    const { table } = await open();
    await table.append([]);
    await table.writes.run(() => table.appendNow([]));
    expect(table.commits).toBe(0);
    expect(await table.countVersions()).toBe(1);
  });

  test("does not wait for a compaction that runs or waits", async () => {
    const { table } = await open();
    await table.append([row("a")]);
    const held = Promise.withResolvers<void>();
    const before = table.writes.run(() => held.promise);
    const compacted = table.optimize(new Date());
    await table.append([row("b")]);
    expect(await table.count()).toBe(2);
    held.resolve();
    await Promise.all([before, compacted]);
    expect((await table.stats()).fragments).toBe(1);
    // Afterwards it takes its turn again.
    const blocked = Promise.withResolvers<void>();
    const order: string[] = [];
    const first = table.writes.run(() => blocked.promise).then(() => order.push("first"));
    const last = table.append([row("c")]).then(() => order.push("append"));
    blocked.resolve();
    await Promise.all([first, last]);
    expect(order).toEqual(["first", "append"]);
  });
});

describe("merge", () => {
  test("replaces the columns given of rows that are there, and adds no other", async () => {
    const { table } = await open();
    await table.append([row("a", { actor: "old" }), row("b", { actor: "old" })]);
    const changes = [
      { id: "a", actor: "new" },
      { id: "c", actor: "new" },
    ];
    expect(await table.merge(changes, { key: "id", insertMissing: false })).toBe(1);
    expect(await idsWhere(table, "actor", "new")).toEqual(["a"]);
    expect(await table.read({ where: has.is("id", "a") })).toMatchObject([
      { actor: "new", payload: JSON.stringify({ agent_id: "agent1" }) },
    ]);
  });

  test("adds absent rows on request, and respects its condition", async () => {
    const { table } = await open();
    await table.append([row("a", { created_at: 5 }), row("b", { created_at: 9 })]);
    const given = [row("a", { actor: "new" }), row("b", { actor: "new" }), row("c")];
    const where = "target.created_at < 7";
    expect(await table.merge(given, { key: "id", where, insertMissing: true })).toBe(2);
    expect(await idsWhere(table, "actor", "new")).toEqual(["a"]);
    expect(await table.count()).toBe(3);
  });

  test("of no rows is no commit", async () => {
    const { table } = await open();
    expect(await table.merge([], { key: "id", insertMissing: true })).toBe(0);
    expect(table.commits).toBe(0);
  });
});

describe("update", () => {
  const addresses = async (table: StoredTable<"queue">) => {
    const options = { columns: ["id"], withRowId: true, isExact: true } as const;
    const found = await table.read<{ readonly _rowid: bigint }>(options);
    return found.map(({ _rowid }) => BigInt(_rowid));
  };

  test("changes the rows at these addresses for which the condition holds", async () => {
    const { table } = await open();
    await table.append([row("a"), row("b", { actor: "me" })]);
    await table.append([row("c")]);
    const rowIds = (await addresses(table)).slice(0, 2);
    const values = [has.assign("processed", true)];
    const update = () => table.updateNow(rowIds, has.is("actor", "test"), values);
    expect(await table.writes.run(update)).toBe(1);
    expect(await idsWhere(table, "processed", true)).toEqual(["a"]);
    // An address holds until its row is updated.
    expect(await table.writes.run(update)).toBe(0);
  });

  test("reaches each row once, over a large fragment and small ones around it", async () => {
    const { table } = await open();
    const large = 20_000;
    for (let n = 0; n < 4; n += 1) await table.append([row(`before${n}`)]);
    await table.append(rows("large", large));
    for (let n = 0; n < 4; n += 1) await table.append([row(`after${n}`)]);
    const rowIds = await addresses(table);
    const values = [has.assign("processed", true)];
    const updated = await table.writes.run(() =>
      table.updateNow(rowIds, has.is("processed", false), values),
    );
    expect(updated).toBe(large + 8);
    expect(await table.count(has.is("processed", true))).toBe(large + 8);
    expect(await table.count()).toBe(large + 8);
  });
});

test("delete returns the number of deleted rows", async () => {
  const { table } = await open();
  await table.append([row("a"), row("b", { actor: "me" })]);
  expect(await table.delete(has.is("actor", "me"))).toBe(1);
  expect(await table.delete(has.is("actor", "me"))).toBe(0);
  expect(await table.read({ columns: ["id"] })).toEqual([{ id: "a" }]);
});

describe("foreign commits", () => {
  test("are those that this handle has not made", async () => {
    const { table, other } = await open();
    expect(await table.hasForeignCommits()).toBe(true);
    expect(await table.hasForeignCommits()).toBe(false);
    await table.append([row("a")]);
    await table.merge([{ id: "a", actor: "b" }], { key: "id", insertMissing: false });
    await table.delete(has.is("id", "a"));
    expect(await table.hasForeignCommits()).toBe(false);
    await (await other()).append([row("b")]);
    expect(await table.hasForeignCommits()).toBe(true);
    expect(await table.hasForeignCommits()).toBe(false);
  });

  test("are seen between commits of this handle, and may be this handle's if they are unread", async () => {
    const { table, other } = await open();
    await table.hasForeignCommits();
    await table.append([row("a")]);
    await (await other()).append([row("b")]);
    await table.append([row("c")]);
    expect(await table.hasForeignCommits()).toBe(true);
    await table.append([row("d")], { isUnread: true });
    expect(await table.hasForeignCommits()).toBe(true);
    expect(await table.hasForeignCommits()).toBe(false);
  });

  test("are those of a write that matched nothing, too: the newest version may be another's", async () => {
    const { table, other } = await open();
    await table.hasForeignCommits();
    await (await other()).append([row("a")]);
    await table.delete(all(has.is("id", "nobody")));
    expect(await table.hasForeignCommits()).toBe(true);
  });
});

describe("the observer of a table", () => {
  const observer = (refusal: () => TroupeError | undefined = () => undefined) => {
    const heard: string[] = [];
    const note = (what: string) => () => void heard.push(what);
    return {
      heard,
      refusal,
      onStored: note("stored"),
      onFailed: (error: TroupeError) => void heard.push(`failed ${error.code}`),
      onRead: note("read"),
      onUnread: (error: TroupeError) => void heard.push(`unread ${error.code}`),
      onHang: note("hang"),
      isHung: () => false,
      onSetAside: note("set aside"),
    };
  };

  test("is notified of each write and read, and of failures", async () => {
    const told = observer();
    const { table, location } = await open(told);
    await table.append([row("a")]);
    const mend = await block(join(location, "queue.lance/data"));
    await expect(table.append([row("b")])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await mend();
    await table.append([row("c")]);
    expect(told.heard).toEqual(["stored", "failed STORE_UNAVAILABLE", "stored"]);
    await table.count();
    const restore = await block(join(location, "queue.lance"));
    await expect(table.count()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await table.probeRead();
    await table.probe();
    await restore();
    expect(told.heard.slice(3)).toEqual([
      "read",
      "unread STORE_UNAVAILABLE",
      "unread STORE_UNAVAILABLE",
      "failed STORE_UNAVAILABLE",
    ]);
  });

  test("is not notified of a compaction", async () => {
    const told = observer();
    const { table } = await open(told);
    await table.optimize(new Date());
    expect(told.heard).toEqual([]);
  });

  test("can refuse all writes; reads continue", async () => {
    const lost = new TroupeError("DATABASE_LOST", "another process has it");
    let refusal: TroupeError | undefined;
    const { table } = await open(observer(() => refusal));
    await table.append([row("a")]);
    refusal = lost;
    await expect(table.append([row("b")])).rejects.toBe(lost);
    await expect(table.delete(has.is("id", "a"))).rejects.toBe(lost);
    expect(await table.count()).toBe(1);
  });
});

test("close stores the accepted writes first", async () => {
  const { table, other } = await open();
  const appends = [table.append([row("a")]), table.append([row("b")])];
  await table.close();
  await Promise.all(appends);
  expect(await (await other()).count()).toBe(2);
});

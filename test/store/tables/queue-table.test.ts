/** The queue's rows from append to ack, written by this process, by others, and by careless ones. */

import { makeArrowTable } from "@lancedb/lancedb";
import { Bool, Field, Int64, Schema, Utf8 } from "apache-arrow";
import { expect, test } from "vitest";
import { inPages } from "../../support/in-pages.ts";
import { ackOf, newAction } from "../../support/sample-rows.ts";
import { countVersions, openForeign, openSample } from "../sample-store.ts";

const duplicateError = { code: "ACTION_DUPLICATE", message: "taken" };

test("append keeps every column and fills in the rest", async () => {
  await using sample = await openSample();
  const action = newAction({
    id: "a'b\"; --\\",
    metadata: '{"k":1}',
    urgency: -3,
    not_before: 5,
    payload: "not JSON \u0000 \u{1f600}",
  });
  await sample.store.queue.append([action]);
  expect(await sample.store.queue.find(action.id)).toEqual({
    ...action,
    processed: false,
    attempts: 0,
    outcome: null,
    error: null,
    processed_at: null,
    request_key: null,
  });
});

test("a hundred simultaneous appends share a few commits", async () => {
  await using sample = await openSample();
  const before = await countVersions(sample.location, "queue");
  const { queue } = sample.store;
  await Promise.all(Array.from({ length: 100 }, () => queue.append([newAction()])));
  expect(await queue.countPending()).toBe(100);
  expect((await countVersions(sample.location, "queue")) - before).toBeLessThanOrEqual(5);
});

test("findPending returns rows that are due, oldest first, at most the limit", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([
    newAction({ id: "young", created_at: 30 }),
    newAction({ id: "old", created_at: 10 }),
    newAction({ id: "later", created_at: 5, not_before: 101 }),
    newAction({ id: "now", created_at: 20, not_before: 100 }),
    newAction({ id: "done", created_at: 1 }),
  ]);
  await queue.ack([ackOf("done")]);
  const pending = async (limit: number) =>
    (await queue.findPending({ now: 100, limit })).map(({ id }) => id);
  expect(await pending(10)).toEqual(["old", "now", "young"]);
  expect(await pending(2)).toEqual(["old", "now"]);
  expect(await queue.findNextDue(100)).toBe(101);
  expect(await queue.findNextDue(101)).toBeUndefined();
});

test("a time that no clock reaches is due immediately, so that its row is rejected", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([
    newAction({ id: "never", not_before: 9_000_000_000_000_000 }),
    newAction({ id: "last", not_before: 8_640_000_000_000_000 }),
  ]);
  expect((await queue.findPending({ now: 100, limit: 10 })).map(({ id }) => id)).toEqual(["never"]);
  expect(await queue.findNextDue(100)).toBe(8_640_000_000_000_000);
});

test("a full window includes actions that overtake", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const crowd = Array.from({ length: 20 }, (_, age) => newAction({ created_at: age }));
  const urgent = [
    newAction({ id: "destroy", action: "agent_destroy", created_at: 30 }),
    newAction({ id: "urgent", urgency: 1, created_at: 40 }),
    newAction({ id: "most", urgency: 9, created_at: 50 }),
  ];
  await queue.append([...crowd, ...urgent]);
  const window = { now: 100, limit: 10, isInFlight: () => false, areKeysEnough: false };
  const { rows, isFull } = await queue.readWindow(window);
  expect(isFull).toBe(true);
  expect(rows.slice(10).map(({ id }) => id)).toEqual(["most", "urgent", "destroy"]);
});

test("rows of a foreign writer without optional columns are read with defaults", async () => {
  await using sample = await openSample();
  const table = await openForeign(sample.location, "queue");
  const row = { action: "agent_pause", actor: "py", payload: "{}", processed: false };
  // A list of objects, whose numbers become Float64.
  await table.add([{ ...row, id: "f", created_at: 1.7e12 }]);
  // An Arrow table, all of whose columns are nullable, as many programs make them.
  const texts = ["id", "action", "actor", "payload"].map(
    (name) => new Field(name, new Utf8(), true),
  );
  const schema = new Schema([
    ...texts,
    new Field("created_at", new Int64(), true),
    new Field("processed", new Bool(), true),
  ]);
  await table.add(makeArrowTable([{ ...row, id: "g", created_at: 5n }], { schema }));
  const defaults = { agent_id: null, metadata: null, urgency: 0, attempts: 0, not_before: null };
  const pending = await sample.store.queue.findPending({ now: 1, limit: 10 });
  expect(pending).toMatchObject([
    { ...row, ...defaults, id: "g", created_at: 5, outcome: null, error: null },
    { ...row, ...defaults, id: "f", created_at: 1.7e12, processed_at: null },
  ]);
  expect(await sample.store.queue.ack([ackOf("f"), ackOf("g")])).toBe(2);
});

test("ack stores each ending and leaves the rest of the row alone", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const actions = Array.from({ length: 30 }, (_, number) => newAction({ id: `it's ${number}` }));
  await queue.append(actions);
  const acks = actions.map(({ id }, number) =>
    number < 20
      ? ackOf(id)
      : ackOf(id, { outcome: "rejected", error: { code: "X", message: id }, attempts: number }),
  );
  expect(await queue.ack(acks)).toBe(30);
  expect(await queue.countPending()).toBe(0);
  for (const { id, ...ending } of [...acks.slice(0, 2), ...acks.slice(-2)]) {
    const { payload, metadata, created_at, actor, agent_id, action } = newAction();
    expect(await queue.find(id)).toMatchObject({
      id,
      payload,
      metadata: metadata ?? null,
      created_at,
      actor,
      agent_id,
      action,
      processed: true,
      ...ending,
    });
  }
});

test("ack processes a row once, and passes over ids that are gone", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([newAction({ id: "a" })]);
  expect(await queue.ack([ackOf("a", { processed_at: 1 }), ackOf("gone")])).toBe(1);
  expect(await queue.ack([ackOf("a", { outcome: "dead", processed_at: 2 })])).toBe(0);
  expect(await queue.find("a")).toMatchObject({ outcome: "done", processed_at: 1 });
  expect(await queue.findProcessed(["a", "gone", "b'"])).toEqual(new Set(["a"]));
});

test("postpone counts the attempt and hides the row until it is due", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([newAction({ id: "a" })]);
  const error = { code: "STORE_UNAVAILABLE", message: "busy" };
  await queue.postpone([{ id: "a", attempts: 1, not_before: 500, error }]);
  expect(await queue.findPending({ now: 499, limit: 1 })).toEqual([]);
  expect(await queue.findPending({ now: 500, limit: 1 })).toMatchObject([
    { id: "a", attempts: 1, not_before: 500, error, processed: false },
  ]);
});

test.each([1, 6])("ack marks the oldest of rows that share an id (batch of %i)", async (size) => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const others = Array.from({ length: size - 1 }, (_, number) => newAction({ id: `o${number}` }));
  await queue.append([newAction({ id: "twin", created_at: 2, actor: "second" }), ...others]);
  await queue.append([newAction({ id: "twin", created_at: 1, actor: "first" })]);
  const ids = ["twin", ...others.map(({ id }) => id)];
  const acks = ids.map((id) => ackOf(id, { error: { code: "X", message: id } }));
  expect(await queue.ack(acks)).toBe(size);
  expect(await queue.find("twin")).toMatchObject({ actor: "first", processed: true });
  const pending = await queue.findPending({ now: 9, limit: 9 });
  expect(pending).toMatchObject([{ actor: "second" }]);
  await queue.rejectDuplicates(
    pending.map(({ rowId }) => rowId),
    duplicateError,
    3,
  );
  expect(await queue.countPending()).toBe(0);
  expect((await queue.list({ outcome: "rejected" })).items).toMatchObject([
    { actor: "second", error: duplicateError, processed_at: 3 },
  ]);
});

test("rejectDuplicates does not touch a row whose id is unique or that has moved", async () => {
  await using sample = await openSample({ janitor: {} });
  const { queue } = sample.store;
  await queue.append([newAction({ id: "only" }), newAction({ id: "twin" })]);
  await queue.append([newAction({ id: "twin" })]);
  const addresses = (await queue.findPending({ now: 1, limit: 9 })).map(({ rowId }) => rowId);
  await sample.store.compact();
  expect(await queue.rejectDuplicates(addresses, duplicateError, 3)).toBe(0);
  const moved = await queue.findPending({ now: 1, limit: 9 });
  const only = moved.filter(({ id }) => id === "only").map(({ rowId }) => rowId);
  expect(await queue.rejectDuplicates(only, duplicateError, 3)).toBe(0);
  const second = moved.filter(({ id }) => id === "twin").map(({ rowId }) => rowId);
  expect(await queue.rejectDuplicates(second.slice(1), duplicateError, 3)).toBe(1);
  expect(await queue.countPending()).toBe(2);
});

test("list pages through all rows, newest first, by filters", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const actions = Array.from({ length: 25 }, (_, number) =>
    newAction({ id: `a${number}`, created_at: number >> 1, agent_id: `agent${number % 2}` }),
  );
  await queue.append(actions);
  await queue.ack([ackOf("a0"), ackOf("a1", { outcome: "dead" })]);
  const seen = (await inPages(10, (page) => queue.list(page))).map(({ id }) => id);
  const newest = [...actions].sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1));
  expect(seen).toEqual(newest.map(({ id }) => id));
  const idsOf = async (filter: object) => (await queue.list(filter)).items.map(({ id }) => id);
  expect(await idsOf({ status: "processed" })).toEqual(["a1", "a0"]);
  expect(await idsOf({ outcome: "dead" })).toEqual(["a1"]);
  expect(await idsOf({ agent_id: "agent0", status: "processed" })).toEqual(["a0"]);
  expect(await idsOf({ agent_id: "' OR '1'='1" })).toEqual([]);
  await expect(queue.list({ cursor: "rubbish" })).rejects.toMatchObject({ code: "CURSOR_INVALID" });
});

test("expire deletes old processed rows only", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append(["old", "new", "pending"].map((id) => newAction({ id, created_at: 1 })));
  await queue.ack([ackOf("old", { processed_at: 10 }), ackOf("new", { processed_at: 20 })]);
  expect(await queue.expire(20)).toBe(1);
  expect(new Set((await queue.list()).items.map(({ id }) => id))).toEqual(
    new Set(["new", "pending"]),
  );
});

test("one malformed error column does not hide the list", async () => {
  const warnings: string[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_fields: object, message: string) => warnings.push(message),
  };
  await using sample = await openSample({ log });
  await sample.store.queue.append([newAction({ id: "a" }), newAction({ id: "b" })]);
  const table = await openForeign(sample.location, "queue");
  await table.update({ where: "id = 'a'", values: { error: "{broken" } });
  const { items } = await sample.store.queue.list();
  expect(items.map(({ id, error }) => [id, error])).toEqual([
    ["b", null],
    ["a", null],
  ]);
  expect(warnings).toEqual([expect.stringContaining("queue.error")]);
});

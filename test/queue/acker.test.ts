import { pino } from "pino";
import { expect, test } from "vitest";
import { Acker } from "../../src/queue/acker.ts";
import { block } from "../support/break.ts";
import { Database } from "../support/database.ts";
import { ackOf, newAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

interface Desk {
  readonly acker: Acker;
  /** Ids in the order in which they were stored, one array for each call. */
  readonly stored: readonly (readonly string[])[];
  /** Levels of the log's lines. */
  readonly told: readonly number[];
}

function open({ store }: Database, onStored: () => void = () => undefined): Desk {
  const stored: (readonly string[])[] = [];
  const told: number[] = [];
  const acker = new Acker({
    table: store.queue,
    log: pino({ level: "debug" }, { write: (line: string) => told.push(JSON.parse(line).level) }),
    onStored: (acks, postponements) => {
      stored.push([...acks, ...postponements].map(({ id }) => id));
      onStored();
    },
  });
  return { acker, stored, told };
}

async function fill(database: Database, count: number): Promise<readonly string[]> {
  const rows = Array.from({ length: count }, () => newAction());
  await database.store.queue.append(rows);
  return rows.map(({ id }) => id);
}

const entryOf = (id: string) => {
  const { processed_at: _, ...entry } = ackOf(id);
  return entry;
};

test("stores acks that arrive together in one commit, and none while more are arriving", async () => {
  await using database = await Database.make();
  const ids = await fill(database, 120);
  const { acker, stored } = open(database);
  const before = database.store.commits.queue;
  for (const id of ids) acker.ack(entryOf(id));
  expect([stored, database.store.commits.queue]).toEqual([[], before]);
  await until(() => stored.flat().length === ids.length);
  expect(database.store.commits.queue).toBe(before + 1);
  expect(stored.flat()).toEqual(ids);
  expect(await database.store.queue.countPending()).toBe(0);
});

test("reports an ack once the table has it, with the time in the table", async () => {
  await using database = await Database.make();
  const [id = ""] = await fill(database, 1);
  const seen = Promise.withResolvers<unknown>();
  const { acker } = open(database, () => seen.resolve(database.store.queue.find(id)));
  const error = { code: "AGENT_DIFFERS", message: "another type" };
  const from = Date.now();
  acker.ack({ ...entryOf(id), attempts: 2, error });
  const row = await seen.promise;
  expect(row).toMatchObject({ processed: true, outcome: "done", attempts: 2, error });
  expect((row as { processed_at: number }).processed_at).toBeGreaterThanOrEqual(from);
});

test("stores when the next attempt is due, and leaves the action pending", async () => {
  await using database = await Database.make();
  const [id = ""] = await fill(database, 1);
  const { acker, stored } = open(database);
  const error = { code: "INTERNAL", message: "not now" };
  acker.postpone({ id, attempts: 1, not_before: 7_000, dueAt: 1, error });
  await until(() => stored.flat().includes(id));
  const row = await database.store.queue.find(id);
  expect(row).toMatchObject({ processed: false, attempts: 1, not_before: 7_000, error });
});

test("adds acks that arrive while it stores", async () => {
  await using database = await Database.make();
  const [first = "", second = ""] = await fill(database, 2);
  let isFirst = true;
  const { acker, stored } = open(database, () => {
    if (isFirst) acker.ack(entryOf(second));
    isFirst = false;
  });
  acker.ack(entryOf(first));
  await until(() => stored.flat().length === 2);
  expect(stored).toEqual([[first], [second]]);
  await acker.drain();
});

test("keeps acks that the store refuses, and stores them when it takes them again", async () => {
  await using database = await Database.make();
  const ids = await fill(database, 3);
  const mend = await block(`${database.location}/queue.lance/_transactions`);
  const { acker, stored, told } = open(database);
  for (const id of ids) acker.ack(entryOf(id));
  await until(() => told.length > 1);
  expect([stored, new Set(told)]).toEqual([[], new Set([20])]);
  await mend();
  await until(() => stored.flat().length === 3);
  expect(await database.store.queue.countPending()).toBe(0);
});

test("when it drains, has all stored that was handed in", async () => {
  await using database = await Database.make();
  const [first = "", second = ""] = await fill(database, 2);
  const { acker, stored } = open(database);
  await acker.drain(); // nothing to do
  acker.ack(entryOf(first));
  acker.postpone({ id: second, attempts: 1, not_before: 7_000, dueAt: 1, error: null });
  await acker.drain();
  expect(new Set(stored.flat())).toEqual(new Set([first, second]));
  expect(await database.store.queue.countPending()).toBe(1);
});

test("when it drains, gives up acks that the store does not take, logs that and reports none as stored", async () => {
  await using database = await Database.make();
  const [id = ""] = await fill(database, 1);
  const mend = await block(`${database.location}/queue.lance/_transactions`);
  const { acker, stored, told } = open(database);
  acker.ack(entryOf(id));
  await acker.drain();
  expect([stored, told]).toEqual([[], [20, 20, 20, 50]]); // four tries
  await mend();
  expect(await database.store.queue.countPending()).toBe(1);
});

import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { LaneReader } from "../../src/queue/lane-reader.ts";
import type { LaneWindow, PendingKey } from "../../src/store/tables/pending-rows.ts";
import { until } from "../support/until.ts";

const none: LaneWindow = { rows: [], isCut: false };

interface Desk {
  readonly reader: LaneReader;
  /** The lanes of each reading. */
  readonly asked: (readonly string[])[];
  readonly taken: string[];
  /** Messages of the log. */
  readonly told: string[];
}

function start(read: (lanes: readonly string[]) => Promise<LaneWindow>, poll = () => 7): Desk {
  const asked: (readonly string[])[] = [];
  const taken: string[] = [];
  const told: string[] = [];
  const reader = new LaneReader({
    read: async (lanes) => {
      asked.push(lanes);
      return await read(lanes);
    },
    take: async (rows) => {
      taken.push(...rows.map(({ id }) => id));
    },
    poll,
    log: pino({}, { write: (line: string) => told.push(JSON.parse(line).msg) }),
  });
  onTestFinished(() => reader.close());
  return { reader, asked, taken, told };
}

function keyOf(id: string): PendingKey {
  return { id, created_at: 1, rowId: 1n };
}

async function want({ reader }: Desk, ...lanes: string[]): Promise<void> {
  await reader.expect(new Set(lanes), Promise.resolve());
  reader.run();
}

test("a lane is unread from its append until its rows are taken", async () => {
  const reading = Promise.withResolvers<LaneWindow>();
  const desk = start(() => reading.promise);
  const { reader, taken } = desk;
  const stored = Promise.withResolvers<void>();
  const expected = reader.expect(new Set(["a"]), stored.promise);
  expect([reader.has("a"), reader.has("b"), reader.isWanted]).toEqual([true, false, false]);
  stored.resolve();
  await expected;
  reader.run();
  expect([reader.has("a"), reader.isWanted]).toEqual([true, true]);
  reading.resolve({ rows: [keyOf("one")], isCut: false });
  await until(() => !reader.has("a"));
  expect(taken).toEqual(["one"]);
});

test("a lane that gets rows while it is read is read again", async () => {
  const readings = [Promise.withResolvers<LaneWindow>(), Promise.withResolvers<LaneWindow>()];
  let nth = 0;
  const desk = start(() => readings[nth++]?.promise ?? Promise.resolve(none));
  await want(desk, "a");
  await until(() => desk.asked.length === 1);
  await want(desk, "a", "b");
  readings[0]?.resolve(none);
  await until(() => desk.asked.length === 2);
  expect([desk.reader.has("a"), desk.asked[1]]).toEqual([true, ["a", "b"]]);
  readings[1]?.resolve(none);
  await until(() => !desk.reader.isWanted);
  expect(desk.asked).toHaveLength(2);
});

test("of two appends to a lane both must have ended", async () => {
  const { reader } = start(async () => none);
  const slow = Promise.withResolvers<void>();
  const expected = reader.expect(new Set(["a"]), slow.promise);
  await reader.expect(new Set(["a"]), Promise.resolve());
  reader.run();
  await until(() => !reader.isWanted);
  expect(reader.has("a")).toBe(true);
  slow.resolve();
  await expected;
  reader.run();
  await until(() => !reader.has("a"));
});

test("lanes with more rows than one reading brings do not keep out those of others", async () => {
  const left = new Map([
    ["busy1", 3],
    ["busy2", 3],
    ["quiet", 1],
  ]);
  // Brings one row of the first lane that has any.
  const desk = start(async (lanes) => {
    const lane = lanes.find((name) => (left.get(name) ?? 0) > 0);
    if (lane === undefined) return none;
    left.set(lane, (left.get(lane) ?? 0) - 1);
    const isCut = lanes.some((name) => (left.get(name) ?? 0) > 0);
    return { rows: [keyOf(lane)], isCut };
  });
  await want(desk, "busy1", "busy2", "quiet");
  await until(() => !desk.reader.isWanted);
  const ofLane = (name: string) => desk.taken.filter((id) => id === name);
  const counts = ["busy1", "busy2", "quiet"].map((name) => ofLane(name).length);
  expect(counts).toEqual([3, 3, 1]);
  expect(desk.taken.indexOf("quiet")).toBeLessThan(desk.taken.lastIndexOf("busy1"));
});

test("who waits for a lane is called in turn, once the rows it had then are taken", async () => {
  const first = Promise.withResolvers<LaneWindow>();
  const second = Promise.withResolvers<LaneWindow>();
  const readings = [first.promise, second.promise];
  const { reader, asked, taken } = start(() => readings[asked.length - 1] ?? Promise.resolve(none));
  const request = (lane: string, id: string) => reader.request(lane, () => taken.push(id));
  request("a", "a1");
  request("a", "a2");
  reader.run();
  request("b", "b1");
  request("a", "a3");
  expect([reader.waiting, reader.isComing("a"), taken]).toEqual([4, false, []]);
  first.resolve({ rows: [keyOf("old")], isCut: false });
  await until(() => asked.length === 2);
  expect(taken).toEqual(["old", "a1", "a2"]);
  second.resolve(none);
  await until(() => !reader.isWanted);
  expect([taken, reader.waiting]).toEqual([["old", "a1", "a2", "a3", "b1"], 0]);
});

test("a reading that fails is repeated", async () => {
  let fails = true;
  const desk = start(async () => {
    if (!fails) return none;
    fails = false;
    throw new Error("not now");
  });
  await want(desk, "a");
  await until(() => !desk.reader.isWanted);
  expect(desk.asked).toEqual([["a"], ["a"]]);
  expect(desk.told).toEqual(["rows of single agents cannot be read now; trying again"]);
});

test("names the poll during which a reading began, until its rows are taken", async () => {
  const reading = Promise.withResolvers<LaneWindow>();
  let poll = 7;
  const desk = start(
    () => reading.promise,
    () => poll,
  );
  expect(desk.reader.readingSince).toBe(Number.POSITIVE_INFINITY);
  await want(desk, "a");
  poll = 9;
  expect(desk.reader.readingSince).toBe(7);
  reading.resolve(none);
  await until(() => desk.reader.readingSince === Number.POSITIVE_INFINITY);
});

test("a poll that brought all rows leaves what came after it began", async () => {
  const desk = start(async () => none);
  const { reader } = desk;
  await reader.expect(new Set(["a", "b"]), Promise.resolve());
  const { lastRequest } = reader;
  await reader.expect(new Set(["b"]), Promise.resolve());
  reader.noteAllRead(lastRequest);
  expect([reader.has("a"), reader.has("b")]).toEqual([false, true]);
});

test("once it is closed, ends the running reading and starts no other", async () => {
  const reading = Promise.withResolvers<LaneWindow>();
  const desk = start(() => reading.promise);
  await want(desk, "a");
  await until(() => desk.asked.length === 1);
  const closed = desk.reader.close();
  await want(desk, "b");
  reading.resolve(none);
  await closed;
  expect([desk.asked, desk.reader.has("b")]).toEqual([[["a"]], true]);
});

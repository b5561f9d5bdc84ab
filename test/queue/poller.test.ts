import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { Doorbell } from "../../src/queue/doorbell.ts";
import { OpenActions } from "../../src/queue/open-actions.ts";
import { constantRhythm, Poller, type PollRhythm } from "../../src/queue/poller.ts";
import { moveAway } from "../support/break.ts";
import { Database } from "../support/database.ts";
import { newAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;
/** New rows of one poll. */
const WINDOW_ROWS = 1_000;

interface Poll {
  readonly ids: readonly string[];
  /** No rows can come later that were read before this poll. */
  readonly poll: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Desk {
  readonly poller: Poller;
  readonly doorbell: Doorbell;
  readonly open: OpenActions;
  /** What each poll has read. */
  readonly polls: readonly Poll[];
  readonly read: (id: string) => boolean;
  /** Messages of the log. */
  readonly told: readonly string[];
}

/** A poller that nothing rings but the test, and that polls by itself once in an hour. */
function start(
  { store }: Database,
  options: {
    readonly pollMs?: number;
    readonly rhythm?: PollRhythm;
    readonly take?: (poll: Poll) => Promise<void>;
  } = {},
): Desk {
  const { pollMs = HOUR_MS, take = async () => undefined } = options;
  const polls: Poll[] = [];
  const told: string[] = [];
  const doorbell = new Doorbell();
  const open = new OpenActions();
  const poller = new Poller({
    table: store.queue,
    doorbell,
    rhythm: options.rhythm ?? constantRhythm(pollMs),
    log: pino({}, { write: (line: string) => told.push(JSON.parse(line).msg) }),
    open,
    take: async (rows, since) => {
      const poll = { ids: rows.map(({ id }) => id), poll: since, at: Date.now() };
      polls.push(poll);
      await take(poll);
    },
  });
  void poller.start();
  onTestFinished(() => poller.close());
  const read = (id: string) => polls.some(({ ids }) => ids.includes(id));
  return { poller, doorbell, open, polls, read, told };
}

test("reads waiting rows when it starts, and written ones at a ring; polls are numbered", async () => {
  await using database = await Database.make();
  await database.store.queue.append([newAction({ id: "before" })]);
  const { doorbell, polls, read, poller } = start(database);
  await until(() => read("before"));
  await database.store.queue.append([newAction({ id: "after" })]);
  doorbell.ring();
  await until(() => read("after"));
  expect(polls.map(({ poll }) => poll)).toEqual(polls.map((_, n) => n + 1));
  expect(poller.poll).toBe(polls.length);
});

test("finds written rows without a ring", async () => {
  await using database = await Database.make();
  const { read } = start(database, { pollMs: 20 });
  await database.store.queue.append([newAction({ id: "quiet" })]);
  await until(() => read("quiet"));
});

test("does not read for a commit whose rows were offered, unless requested", async () => {
  await using database = await Database.make();
  const { doorbell, poller, polls, read } = start(database);
  await until(() => polls.length >= 1);
  await database.store.queue.append([newAction({ id: "offered" })], true);
  doorbell.ring();
  await until(() => polls.length >= 2);
  expect(polls[1]).toMatchObject({ ids: [], poll: 2 });
  poller.pollSoon();
  await until(() => read("offered"));
});

test("reads postponed rows when they are due, and polls at a given time", async () => {
  await using database = await Database.make();
  const { doorbell, poller, polls, read } = start(database);
  await until(() => polls.length >= 1);
  const due = Date.now() + 400;
  await database.store.queue.append([newAction({ id: "later", not_before: due })]);
  poller.pollAt(Date.now()); // so it learns of the row
  await until(() => read("later"));
  expect(polls.find(({ ids }) => ids.includes("later"))?.at).toBeGreaterThanOrEqual(due);
  const before = polls.length;
  await database.store.queue.append([newAction({ id: "offered" })], true);
  doorbell.ring();
  await until(() => polls.length > before);
  expect(polls[before]?.ids).toEqual([]); // that time is over
});

test("keeps the earlier of two times", async () => {
  await using database = await Database.make();
  const { poller, polls } = start(database);
  await until(() => polls.length >= 1);
  const time = Date.now() + 300;
  poller.pollAt(time);
  poller.pollAt(time + HOUR_MS);
  await until(() => polls.some(({ at }) => at >= time));
});

test("reads again rows that could not be taken, and continues", async () => {
  await using database = await Database.make();
  await database.store.queue.append([newAction({ id: "twice" })]);
  const { doorbell, polls, told } = start(database, {
    take: async ({ poll }) => {
      if (poll === 1) throw new Error("not now");
    },
  });
  await until(() => polls.length >= 1);
  doorbell.ring();
  await until(() => polls.length >= 2);
  expect(polls.map(({ ids }) => ids)).toEqual([["twice"], ["twice"]]);
  expect(told).toEqual(["the queue cannot be read now; trying again"]);
});

test("reads a table that could not be read once it can be", async () => {
  await using database = await Database.make();
  await database.store.queue.append([newAction({ id: "kept" })]);
  const mend = await moveAway(`${database.location}/queue.lance`);
  const { read, told } = start(database, { pollMs: 20 });
  await until(() => told.length > 0);
  await mend();
  await until(() => read("kept"));
});

test("waits between polls of a table that cannot be read, whatever is due", async () => {
  await using database = await Database.make();
  const mend = await moveAway(`${database.location}/queue.lance`);
  const { poller, told } = start(database, { pollMs: 100 });
  const now = Date.now();
  poller.retryAt("retried", { notBefore: now + HOUR_MS, dueAt: performance.now() });
  poller.pollAt(now);
  await until(() => told.length >= 5);
  expect(Date.now() - now).toBeGreaterThan(250);
  await mend();
});

test("reports whether the table has rows that no poll has read, and leaves room next to known rows", async () => {
  await using database = await Database.make();
  const rows = Array.from({ length: WINDOW_ROWS + 2 }, (_, n) => newAction({ id: `${n}` }));
  await database.store.queue.append(rows);
  const { open, poller, polls } = start(database);
  await until(() => polls.length >= 1);
  expect([polls[0]?.ids.length, poller.isWindowFull]).toEqual([WINDOW_ROWS, true]);
  for (const row of rows.slice(0, 3)) open.admit(row);
  poller.pollSoon();
  await until(() => polls.length >= 2);
  expect([polls[1]?.ids.length, poller.isWindowFull]).toEqual([WINDOW_ROWS + 2, false]);
});

test("rows that come past the dispatcher are unread until a poll has them, even behind a full window", async () => {
  await using database = await Database.make();
  const { open, poller, polls, read } = start(database);
  await until(() => !poller.isWindowFull);
  const stored = Promise.withResolvers<void>();
  const expected = poller.expect(new Set(["agent2"]), stored.promise);
  poller.pollSoon();
  await until(() => polls.length >= 2);
  expect(poller.hasUnread("agent2")).toBe(true);
  expect(poller.hasUnread("agent3")).toBe(false);
  const rows = Array.from({ length: WINDOW_ROWS }, (_, n) => newAction({ id: `${n}` }));
  const last = newAction({ id: "last", agent_id: "agent2", created_at: Date.now() });
  await database.store.queue.append([...rows, last]);
  stored.resolve();
  await expected;
  await until(() => read("last"));
  expect(poller.hasUnread("agent3")).toBe(true);
  for (const row of [...rows, last]) open.admit(row);
  poller.pollSoon();
  await until(() => !poller.hasUnread("agent2"));
});

test("behind a full window rows of single agents are read next to a poll, and what is stored meanwhile stays known", async () => {
  await using database = await Database.make();
  const old = Array.from({ length: WINDOW_ROWS + 1 }, (_, n) => newAction({ id: `${n}` }));
  const last = newAction({ id: "last", agent_id: "agent2", created_at: Date.now() });
  await database.store.queue.append([...old, last]);
  const polled = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const { poller, polls, read } = start(database, {
    take: ({ poll, ids }) => {
      if (poll === 1) return polled.promise;
      return ids.includes("last") ? taken.promise : Promise.resolve();
    },
  });
  await until(() => polls.length >= 1);
  await poller.expect(new Set(["agent2"]), Promise.resolve());
  await until(() => read("last"));
  expect(polls[1]).toMatchObject({ ids: ["last"], poll: 0 });
  polled.resolve();
  poller.pollSoon();
  await until(() => polls.length >= 3);
  expect([poller.poll, polls[2]?.poll]).toEqual([2, 1]);
  taken.resolve();
  poller.pollSoon();
  await until(() => polls.at(-1)?.poll === poller.poll);
});

test("rests while more than a burst of reading is owed, however often it is rung for", async () => {
  await using database = await Database.make();
  const ended: number[] = [];
  const begun: number[] = [];
  const { doorbell } = start(database, {
    take: async () => {
      begun.push(performance.now());
      await delay(200);
      ended.push(performance.now());
      await database.store.queue.append([newAction()]); // as another process would
      doorbell.ring();
    },
  });
  await until(() => begun.length === 4);
  const rest = (n: number) => (begun[n] ?? 0) - (ended[n - 1] ?? 0);
  expect(Math.min(rest(2), rest(3))).toBeGreaterThan(190);
});

test("once it is closed, ends the running poll and starts no other", async () => {
  await using database = await Database.make();
  const gate = Promise.withResolvers<void>();
  const { doorbell, poller, polls } = start(database, { take: () => gate.promise });
  await until(() => polls.length >= 1);
  let isClosed = false;
  const closed = poller.close().then(() => {
    isClosed = true;
  });
  doorbell.ring();
  await new Promise(setImmediate);
  expect(isClosed).toBe(false);
  gate.resolve();
  await closed;
  expect(polls).toHaveLength(1);
});

test("polls back off while no other process writes, and a ring resets them", async () => {
  await using database = await Database.make();
  const rhythm = { pollMs: 10, pollMsMax: HOUR_MS, readMs: HOUR_MS };
  const { polls, poller, read } = start(database, { rhythm });
  // The pauses of the first polls: 10 ms after the first, which reads, then 20, 40, 80 ms and so on.
  await until(() => polls.length >= 5);
  const [, second, third, , fifth] = polls.map(({ at }) => at) as number[];
  expect((fifth ?? 0) - (third ?? 0)).toBeGreaterThan((third ?? 0) - (second ?? 0));
  await database.store.queue.append([newAction({ id: "rung" })]);
  poller.ring();
  await until(() => read("rung"));
});

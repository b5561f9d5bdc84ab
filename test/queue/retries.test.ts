import { expect, onTestFinished, test, vi } from "vitest";
import { TroupeError } from "../../src/model/errors.ts";
import { Retries } from "../../src/queue/retries.ts";
import { Database } from "../support/database.ts";
import { newAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";
import { startDispatcher } from "./start-dispatcher.ts";

const HOUR_MS = 3_600_000;

test("retries are overdue once their wait is over, unless their row is due by the wall clock", () => {
  const retries = new Retries();
  expect(retries.nextAt).toBe(Number.POSITIVE_INFINITY);
  retries.add("a", { notBefore: 1_000, dueAt: 10 });
  retries.add("b", { notBefore: 5_000, dueAt: 20 });
  expect(retries.nextAt).toBe(10);
  expect(retries.takeOverdue({ wall: 0, steady: 9 })).toEqual([]);
  expect(retries.takeOverdue({ wall: 0, steady: 15 })).toEqual(["a"]);
  expect(retries.takeOverdue({ wall: 0, steady: 20 })).toEqual(["a", "b"]);
  expect(retries.takeOverdue({ wall: 1_000, steady: 20 })).toEqual(["b"]);
  expect(retries.nextAt).toBe(20);
  retries.defer("b", 30);
  retries.defer("a", 40);
  expect(retries.nextAt).toBe(30);
  retries.drop("b");
  expect(retries.takeOverdue({ wall: 0, steady: 99 })).toEqual([]);
});

test("a clock that is set back delays no retry, and no time that somebody has chosen comes sooner", async () => {
  await using database = await Database.make();
  const { store } = database;
  const later = newAction({ id: "later", agent_id: "agent2", not_before: Date.now() + HOUR_MS });
  await store.queue.append([newAction({ id: "create", agent_id: "agent1" }), later]);
  const real = Date.now;
  onTestFinished(() => void vi.restoreAllMocks());
  const handed: string[] = [];
  startDispatcher({
    table: store.queue,
    attemptsMax: 3,
    handle: async ({ id }) => {
      handed.push(id);
      if (handed.length === 1) throw new TroupeError("INTERNAL", "not now");
      return {};
    },
  });
  await until(async () => (await store.queue.find("create"))?.attempts === 1);
  vi.spyOn(Date, "now").mockImplementation(() => real() - HOUR_MS);
  await until(async () => (await store.queue.find("create"))?.processed);
  expect(handed).toEqual(["create", "create"]);
  expect(await store.queue.find("later")).toMatchObject({ processed: false });
});

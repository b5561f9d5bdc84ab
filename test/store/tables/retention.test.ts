/** Old rows go, young ones and those that wait stay, and where nothing is old nothing is written. */

import { describe, expect, test } from "vitest";
import { type ExpiringTable, Retention } from "../../../src/store/tables/retention.ts";
import { useFakeClock } from "../../support/fake-clock.ts";
import { agentRow, newAction, stepRow } from "../../support/sample-rows.ts";
import { countVersions, openSample } from "../sample-store.ts";

const HOUR_MS = 3_600_000;

test("rows older than the retention are deleted when the store opens", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  const old = Date.now() - 2 * HOUR_MS;
  await store.queue.append(["old", "young", "waiting"].map((id) => newAction({ id })));
  const done = { outcome: "done", error: null, attempts: 1 } as const;
  await store.queue.ack([{ id: "old", ...done, processed_at: old }]);
  await store.queue.ack([{ id: "young", ...done, processed_at: Date.now() }]);
  await store.agents.record(agentRow(), stepRow({ step_id: "1", ended_at: old }));
  await store.agents.record(agentRow(), stepRow({ step_id: "2", ended_at: Date.now() }));
  await using again = await openAgain(location);
  await again.swept;
  expect(await store.queue.find("old")).toBeUndefined();
  expect((await store.queue.list()).items.map(({ id }) => id).toSorted()).toEqual([
    "waiting",
    "young",
  ]);
  expect((await store.steps.list("agent1")).items.map((step) => step.step_id)).toEqual(["2"]);
  expect(await store.agents.find("agent1")).toBeDefined();
});

test("nothing is written if nothing is too old", async () => {
  await using sample = await openSample();
  await sample.store.queue.append([newAction()]);
  const before = await countVersions(sample.location, "queue");
  const again = await openAgain(sample.location);
  await again[Symbol.asyncDispose]();
  expect(await countVersions(sample.location, "queue")).toBe(before);
});

describe("retention of tables that are a list of times", () => {
  /** A table, and what was requested of it. */
  function timesTable(times: number[]) {
    const asked: (readonly [string, number])[] = [];
    const hasOlder = (before: number) => times.some((time) => time < before);
    const table: ExpiringTable = {
      hasExpired: async (before) => {
        asked.push(["check", before]);
        return hasOlder(before);
      },
      expire: async (before) => {
        asked.push(["delete", before]);
        const old = times.filter((time) => time < before);
        times.splice(0, times.length, ...times.filter((time) => time >= before));
        return old.length;
      },
    };
    return { table, times, asked };
  }

  function keep(tables: Readonly<Record<string, ExpiringTable>>, readTime: () => Promise<number>) {
    const lines: unknown[] = [];
    const log = {
      debug: () => undefined,
      info: (fields: object) => void lines.push(["info", fields]),
      warn: (fields: object) => void lines.push(["warn", fields]),
    };
    return { lines, retention: new Retention({ tables, keptMs: 100, log, readTime }) };
  }

  test("deletes what is older than the time that rows are kept, every ten minutes", async () => {
    using clock = useFakeClock();
    let now = 150;
    const { table, times, asked } = timesTable([49, 50, 51]);
    const { lines, retention } = keep({ steps: table }, async () => now);
    await retention.run();
    expect(times).toEqual([50, 51]);
    expect(lines).toEqual([["info", { table: "steps", rows: 1 }]]);
    now = 151;
    await clock.advance(599_999);
    expect(times).toEqual([50, 51]);
    await clock.advance(1);
    expect(times).toEqual([51]);
    await retention[Symbol.asyncDispose]();
    now = 1_000;
    await clock.advance(600_000);
    expect(times).toEqual([51]);
    expect(asked.map(([what]) => what)).toEqual(["check", "delete", "check", "delete"]);
  });

  test("a table that fails is reported, and the others lose their old rows all the same", async () => {
    const error = new Error("disk full");
    const broken: ExpiringTable = {
      hasExpired: () => Promise.reject(error),
      expire: async () => 0,
    };
    const { table, times } = timesTable([1]);
    const { lines, retention } = keep({ broken, steps: table }, async () => 1_000);
    await retention[Symbol.asyncDispose]();
    expect(times).toEqual([]);
    expect(lines).toEqual([
      ["warn", { table: "broken", err: error }],
      ["info", { table: "steps", rows: 1 }],
    ]);
  });

  test("nothing is deleted, and no table read, while the time is unknown", async () => {
    const { table, asked } = timesTable([1]);
    let readTime = () => Promise.reject<number>(new Error("no clock"));
    const { retention } = keep({ steps: table }, () => readTime());
    await retention.run();
    expect(asked).toEqual([]);
    readTime = async () => 1_000;
    await retention.run();
    expect(asked).toEqual([
      ["check", 900],
      ["delete", 900],
    ]);
    await retention[Symbol.asyncDispose]();
  });

  test("a run that is requested while one is under way is the same run", async () => {
    const { table, asked } = timesTable([]);
    const { retention } = keep({ steps: table }, async () => 1_000);
    await Promise.all([retention.run(), retention.run()]);
    expect(asked).toEqual([["check", 900]]);
    await retention[Symbol.asyncDispose]();
  });
});

/** Opens the database once more, as the process that keeps it tidy; `swept` tells of both tables. */
async function openAgain(location: string) {
  const { openStore } = await import("../../../src/store/store.ts");
  const swept = Promise.withResolvers<void>();
  const seen = new Set<unknown>();
  const store = await openStore({
    location,
    keptMs: HOUR_MS,
    log: {
      debug: () => undefined,
      warn: () => undefined,
      info: ({ table }: { table?: unknown }) => {
        seen.add(table);
        if (seen.size === 2) swept.resolve();
      },
    },
  });
  return { swept: swept.promise, [Symbol.asyncDispose]: () => store.close() };
}

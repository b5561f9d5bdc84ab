/** A table that has grown has indices, and answers with them what it answered without. */

import { readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ActionRow } from "../../../src/model/action.ts";
import { INDEXED_ROWS_MIN } from "../../../src/store/lance/indices.ts";
import { openStore } from "../../../src/store/store.ts";
import { ackOf, newAction } from "../../support/sample-rows.ts";
import { openForeign, openSample, type SampleStore } from "../sample-store.ts";

const janitor = { versionsKeptMs: 0 };

test("a small table has no index", async () => {
  await using sample = await openSample({ janitor });
  await sample.store.queue.append([newAction()]);
  await sample.store.compact();
  expect(await indexedColumns(sample)).toEqual([]);
});

test("acks, postponements, duplicates and look-ups have the same results with indices", async () => {
  await using sample = await openSample({ janitor });
  const { queue } = sample.store;
  await appendHistory(sample);
  await sample.store.compact();
  expect(await indexedColumns(sample)).toEqual(["created_at", "id", "processed"]);
  for (let round = 0; round < 8; round += 1) {
    const model = await changeRows(sample, round);
    // Half of the rounds find what is indexed, the others what came since.
    if (round % 2 === 0) await sample.store.compact();
    for (const [id, expected] of model) expect(await queue.find(id)).toMatchObject(expected);
    expect(await queue.findProcessed([...model.keys()])).toEqual(processedOf(model));
    const pending = await queue.findPending({ now: Number.MAX_SAFE_INTEGER, limit: 10_000 });
    const waiting = [...model].filter(([, row]) => row.processed === false).map(([id]) => id);
    expect(new Set(pending.map(({ id }) => id))).toEqual(new Set(waiting));
    const window = { now: Number.MAX_SAFE_INTEGER, limit: 10_000, isInFlight: () => false };
    const { rows: keys } = await queue.readWindow({ ...window, areKeysEnough: true });
    expect(keys).toEqual(pending.map(({ id, created_at, rowId }) => ({ id, created_at, rowId })));
    await queue.ack(waiting.map((id) => ackOf(id, { processed_at: round })));
  }
  expect(await queue.countPending()).toBe(0);
});

test("appends continue while the table is compacted, and none is lost", async () => {
  await using sample = await openSample({ janitor });
  const { queue } = sample.store;
  await appendHistory(sample);
  let isCompacting = true;
  const compacted = sample.store.compact().finally(() => {
    isCompacting = false;
  });
  let appended = 0;
  while (isCompacting) {
    await queue.append([newAction({ id: `beside${appended}` })]);
    appended += 1;
  }
  await compacted;
  expect(appended).toBeGreaterThan(1);
  expect(await queue.countPending()).toBe(appended);
});

const losses: readonly (readonly [string, (indices: string) => Promise<void>])[] = [
  ["all missing", (indices) => rm(indices, { recursive: true })],
  ["partly missing", async (indices) => rm(await firstFile(indices))],
  ["empty", async (indices) => truncate(await firstFile(indices), 0)],
  ["cut off", async (indices) => truncate(await firstFile(indices), 100)],
];

test.each(losses)("indices whose files are %s are made again by a start", async (_, damage) => {
  await using sample = await openSample({ janitor });
  const { location, store } = sample;
  await appendHistory(sample);
  await store.queue.append([newAction({ id: "pending" })]);
  await store.compact();
  await store.close();
  await damage(join(location, "queue.lance/_indices"));
  await using repaired = await openStore({ location, janitor });
  expect(repaired.setAside.rows).toBe(0);
  expect(await indexedColumns(sample)).toEqual(["created_at", "id", "processed"]);
  expect(await repaired.queue.find("old7")).toMatchObject({ processed: true });
  const pending = await repaired.queue.findPending({ now: Number.MAX_SAFE_INTEGER, limit: 10 });
  expect(pending.map(({ id }) => id)).toEqual(["pending"]);
  await repaired.queue.ack([ackOf("pending")]);
  await repaired.compact();
  expect(await repaired.queue.countPending()).toBe(0);
});

async function firstFile(indices: string): Promise<string> {
  const entries = await readdir(indices, { recursive: true, withFileTypes: true });
  const file = entries.find((entry) => entry.isFile());
  return join(file?.parentPath ?? "", file?.name ?? "");
}

type Model = Map<string, Partial<ActionRow>>;

/** Appends rows, then acks some alike (an update), some with errors of their own (a merge). */
async function changeRows(sample: SampleStore, round: number): Promise<Model> {
  const { queue } = sample.store;
  const model: Model = new Map();
  const rows = Array.from({ length: 60 }, (_, n) => newAction({ id: `r${round}-${n}` }));
  await queue.append(rows);
  for (const { id } of rows) model.set(id, { processed: false, attempts: 0 });
  const ids = rows.map(({ id }) => id);
  await queue.ack(ids.slice(0, 20).map((id) => ackOf(id, { processed_at: round })));
  const failed = ids.slice(20, 35);
  await queue.ack(
    failed.map((id, n) => ({
      ...ackOf(id, { processed_at: n }),
      outcome: "rejected",
      error: errorOf(id),
    })),
  );
  const late = ids.slice(35, 50).map((id, n) => ({ id, attempts: n, not_before: n, error: null }));
  await queue.postpone(late);
  for (const id of ids.slice(0, 20)) model.set(id, { processed: true, outcome: "done" });
  for (const id of failed) model.set(id, { outcome: "rejected", error: errorOf(id) });
  for (const { id, attempts } of late) model.set(id, { processed: false, attempts });
  // A second ack of the same rows changes nothing.
  expect(await queue.ack(failed.map((id) => ackOf(id, { processed_at: 0 })))).toBe(0);
  return model;
}

function processedOf(model: Model): ReadonlySet<string> {
  const processed = [...model].filter(([, { processed: is, outcome }]) => is || outcome);
  return new Set(processed.map(([id]) => id));
}

function errorOf(id: string) {
  return { code: "AGENT_UNKNOWN", message: `no agent for ${id}` };
}

async function appendHistory({ store: { queue } }: SampleStore): Promise<void> {
  const rows = Array.from({ length: INDEXED_ROWS_MIN }, (_, n) => newAction({ id: `old${n}` }));
  await queue.append(rows);
  await queue.ack(rows.map(({ id }) => ackOf(id, { processed_at: 1 })));
}

async function indexedColumns({ location }: SampleStore): Promise<readonly string[]> {
  const indices = await (await openForeign(location, "queue")).listIndices();
  return indices.flatMap(({ columns }) => columns).toSorted();
}

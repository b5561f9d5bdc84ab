/** What would survive a power cut: copies of the database in which every file that was not synced is empty. */

import { watch } from "node:fs";
import {
  cp,
  type FileHandle,
  mkdtemp,
  open,
  readdir,
  readlink,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { encodeRow } from "../../../src/store/lance/codec.ts";
import { StoreRetry } from "../../../src/store/lance/retry-until-stored.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { moveAway } from "../../support/break.ts";
import { ackOf, agentRow, newAction, stepRow } from "../../support/sample-rows.ts";
import { until } from "../../support/until.ts";
import { openSample } from "../sample-store.ts";

/** Files and folders that were synced, by path. */
const synced = new Set<string>();
let syncs = 0;

beforeAll(async () => {
  const file = await open(import.meta.filename);
  const handles = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  const sync = handles.sync;
  vi.spyOn(handles, "sync").mockImplementation(async function (this: FileHandle) {
    syncs += 1;
    const path = await readlink(`/proc/self/fd/${this.fd}`);
    await sync.call(this);
    synced.add(path);
  });
});

/** What the disk has of the database. */
async function cutPower(location: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-cut-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const copy = join(folder, "db");
  await cp(location, copy, { recursive: true });
  const entries = await readdir(copy, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (!synced.has(path.replace(copy, location))) await truncate(path, 0);
  }
  return copy;
}

async function reopen(location: string): Promise<Store> {
  const store = await openStore({ location, janitor: {} });
  onTestFinished(() => store.close());
  return store;
}

/** Appends a step alone: with a row, it would be synced before that is merged. */
async function step({ steps }: Store, iteration: number): Promise<void> {
  await steps.append([encodeRow("agent_steps", stepRow({ iteration }))], new StoreRetry());
}

async function stepsIn({ steps }: Store): Promise<readonly number[]> {
  return (await steps.list("agent1")).items.map(({ iteration }) => iteration);
}

test("what was synced survives, what came later may not", async () => {
  await using sample = await openSample({ janitor: {} });
  const { store, location } = sample;
  for (const iteration of [1, 2, 3]) await step(store, iteration);
  await store.steps.sync();
  for (const iteration of [4, 5]) await step(store, iteration);
  const left = await reopen(await cutPower(location));
  expect(await stepsIn(left)).toEqual([3, 2, 1]);
  await step(left, 6);
  expect(await stepsIn(left)).toEqual([6, 3, 2, 1]);
});

test("the folders of synced files are synced", async () => {
  await using sample = await openSample();
  await step(sample.store, 1);
  await sample.store.steps.sync();
  const table = join(sample.location, "agent_steps.lance");
  const folders = [sample.location, table, join(table, "data"), join(table, "_versions")];
  expect(folders.filter((folder) => !synced.has(folder))).toEqual([]);
});

test("a folder that came after the first sync survives", async () => {
  await using sample = await openSample({ janitor: {} });
  const table = join(sample.location, "agent_steps.lance");
  expect(await readdir(table)).not.toContain("data");
  synced.delete(table);
  await step(sample.store, 1);
  await sample.store.steps.sync();
  expect(synced.has(table)).toBe(true);
  synced.delete(table);
  await step(sample.store, 2);
  await sample.store.steps.sync();
  expect(synced.has(table)).toBe(false);
});

test("many versions that a power cut took are set aside", async () => {
  await using sample = await openSample({ janitor: {} });
  const { store, location } = sample;
  await step(store, 1);
  await store.steps.sync();
  for (let iteration = 2; iteration <= 15; iteration++) await step(store, iteration);
  expect(await stepsIn(await reopen(await cutPower(location)))).toEqual([1]);
});

test("no steps survive without the first row of their generation", async () => {
  await using sample = await openSample({ janitor: {} });
  const { agents, steps } = sample.store;
  for (const generation of [1, 2]) {
    const row = agentRow({ generation, iteration: generation });
    await agents.record(agentRow({ generation, iteration: generation - 1 }));
    const appended = Promise.withResolvers<void>();
    const step = stepRow({ generation, iteration: generation });
    void agents.record(row, step, { isLazy: true, onAppended: appended.resolve });
    await appended.promise;
    await steps.sync();
    const left = await reopen(await cutPower(sample.location));
    expect(await stepsIn(left)).toHaveLength(generation);
    expect(await left.agents.findLeft("agent1")).toMatchObject({
      generation,
      iteration: generation,
    });
  }
});

test("the end of an action that is in no journal survives, and so does its effect", async () => {
  await using sample = await openSample();
  const { location } = sample;
  await sample.store.queue.append([newAction({ id: "foreign" })]);
  const journal = { folder: location, acksInTable: false };
  await using store = await openStore({ location, janitor: {}, journal });
  await store.agents.record(agentRow());
  await store.agents.record(agentRow({ applied_actions: ["foreign"] }));
  await store.queue.ack([ackOf("foreign")]);
  const left = await reopen(await cutPower(location));
  expect(await left.queue.find("foreign")).toMatchObject({ outcome: "done" });
  expect(await left.agents.find("agent1")).toMatchObject({ applied_actions: ["foreign"] });
});

test("what has ended in order survives", async () => {
  await using sample = await openSample({ janitor: {} });
  await step(sample.store, 1);
  await sample.store.close();
  expect(await stepsIn(await reopen(await cutPower(sample.location)))).toEqual([1]);
});

test("deletions survive", async () => {
  await using sample = await openSample({ janitor: {} });
  const { store, location } = sample;
  await store.agents.record(agentRow(), stepRow({ iteration: 1, ended_at: 10 }));
  const later = stepRow({ iteration: 2, ended_at: 20 });
  await Promise.all([
    store.agents.record(agentRow(), later),
    store.agents.record(agentRow(), stepRow({ iteration: 3, ended_at: 9 })),
  ]);
  await store.steps.expire(15);
  await store.steps.sync();
  expect(await stepsIn(await reopen(await cutPower(location)))).toEqual([2]);
});

test("a compaction is on the disk before it removes the versions before", async () => {
  await using sample = await openSample({ janitor: { versionsKeptMs: 0 } });
  const { store, location } = sample;
  for (const iteration of [1, 2, 3]) {
    await store.agents.record(agentRow({ iteration }), stepRow({ iteration }));
  }
  await store.queue.append([newAction()]);
  await store.compact();
  const left = await reopen(await cutPower(location));
  expect(await stepsIn(left)).toEqual([3, 2, 1]);
  expect(await left.queue.countPending()).toBe(1);
  expect(await left.agents.find("agent1")).toMatchObject({ iteration: 3 });
});

test("what an earlier process wrote is synced with the first commit", async () => {
  await using sample = await openSample();
  await step(sample.store, 1);
  const next = await reopen(sample.location);
  await next.steps.sync();
  expect(await stepsIn(await reopen(await cutPower(sample.location)))).toEqual([1]);
});

test("simultaneous callers share the work, and without a commit there is none", async () => {
  await using sample = await openSample();
  const { steps } = sample.store;
  await step(sample.store, 1);
  await steps.sync();
  await step(sample.store, 2);
  const before = syncs;
  await Promise.all([steps.sync(), steps.sync(), steps.sync()]);
  // The data file, the manifest and the note of that version, and their folders.
  expect(syncs - before).toBe(5);
  await steps.sync();
  expect(syncs - before).toBe(5);
});

test("a copy of the folder meets no file that is there for a moment only", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  const names = new Set<string | null>();
  const watcher = watch(location);
  onTestFinished(() => watcher.close());
  watcher.on("change", (_, name) => names.add(String(name)));
  for (const iteration of [1, 2, 3]) {
    await step(store, iteration);
    await store.steps.sync();
  }
  await writeFile(join(location, "last"), "");
  await until(() => names.has("last"));
  expect([...names].filter((name) => name?.startsWith("."))).toEqual([]);
  expect(names).toContain("agent_steps.synced");
});

test("a folder that is away refuses, and the next sync finds it again", async () => {
  await using sample = await openSample();
  const { steps } = sample.store;
  await step(sample.store, 1);
  const comeBack = await moveAway(join(sample.location, "agent_steps.lance"));
  await expect(steps.sync()).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: expect.stringContaining("agent_steps was not synced to the disk"),
  });
  await comeBack();
  await steps.sync();
});

/** The janitor on real tables: files stay few, rows stay whole. */

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { TroupeError } from "../../../src/model/errors.ts";
import { type CompactedTable, JANITOR_LIMITS, Janitor } from "../../../src/store/lance/janitor.ts";
import { openStore } from "../../../src/store/store.ts";
import { silentLog } from "../../../src/store/store-log.ts";
import { agentRow, newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { countFiles, openForeign, openSample } from "../sample-store.ts";

const eager = {
  commitsMax: {
    queue: 50,
    agent_state: 25,
    agent_steps: 50,
    agent_effects: 50,
    agents_config: 50,
    supervisors: 50,
  },
  versionsKeptMs: 0,
  shareMax: 1,
};

test("hundreds of commits leave few files and every row", async () => {
  await using sample = await openSample({ janitor: eager });
  const { queue } = sample.store;
  let commits = 0;
  const commit = async () => {
    await queue.append([newAction()]);
    commits += 1;
  };
  while (commits < 400) await commit();
  // Three files a commit: 1,200 without sweeps. Hundreds of commits may pass while one runs.
  await until(async () => {
    await commit();
    return (await countFiles(sample.location, "queue")) < 300;
  });
  expect(await queue.countPending()).toBe(commits);
});

test("each table is compacted after its own commits", async () => {
  await using sample = await openSample({ janitor: eager });
  for (let iteration = 0; iteration < 100; iteration++) {
    await sample.store.agents.record(agentRow({ iteration }));
  }
  expect(await countFiles(sample.location, "agent_state")).toBeLessThan(160);
  expect(await sample.store.agents.find("agent1")).toMatchObject({ iteration: 99 });
});

test("a store without a janitor leaves the tables alone", async () => {
  await using sample = await openSample();
  for (let number = 0; number < 60; number++) await sample.store.queue.append([newAction()]);
  await sample.store.compact();
  expect(await countFiles(sample.location, "queue")).toBeGreaterThan(150);
});

test("versions stay for the time that a read may take", async () => {
  await using sample = await openSample({ janitor: { ...eager, versionsKeptMs: 60_000 } });
  for (let number = 0; number < 5; number++) await sample.store.queue.append([newAction()]);
  await sample.store.compact();
  const table = await openForeign(sample.location, "queue");
  expect((await table.listVersions()).length).toBeGreaterThan(5);
});

test("a writer that slept over a sweep appends as if nothing had been", async () => {
  await using sample = await openSample({ janitor: eager });
  const asleep = await openForeign(sample.location, "queue");
  await asleep.countRows();
  for (let number = 0; number < 60; number++) await sample.store.queue.append([newAction()]);
  await sample.store.compact();
  const { metadata: _metadata, ...row } = newAction({ id: "late" });
  await asleep.add([{ ...row, processed: false }]);
  expect(await sample.store.queue.countPending()).toBe(61);
  const pending = await sample.store.queue.findPending({ now: 1, limit: 100 });
  expect(new Set(pending.map(({ rowId }) => rowId)).size).toBe(61);
});

test("a table whose compactions are slow rests long between them, but not until it is far behind", async () => {
  const compactions: number[] = [];
  let commits = 0;
  let onCommit: () => void = () => undefined;
  const slow: CompactedTable = {
    name: "agent_steps",
    get commits() {
      return commits;
    },
    set onCommit(listener: () => void) {
      onCommit = listener;
    },
    stats: async () => ({ fragments: 0, bytes: 0 }),
    optimize: async () => {
      compactions.push(commits);
      await delay(20);
      return { removed: Promise.resolve() };
    },
  };
  const commit = (times: number) => {
    for (let n = 0; n < times; n += 1) {
      commits += 1;
      onCommit();
    }
  };
  const commitsMax = { ...JANITOR_LIMITS.commitsMax, agent_steps: 10 };
  const limits = { ...JANITOR_LIMITS, commitsMax, shareMax: 0.000_01 };
  await using janitor = new Janitor([slow], limits, silentLog);
  commit(10);
  await until(() => janitor.compactedAt("agent_steps") !== null);
  commit(39);
  expect(compactions).toEqual([10]);
  // On a busy machine the compaction took longer, and so it rests longer.
  await until(() => {
    commit(1);
    return compactions.length === 2;
  });
  expect(compactions[1]).toBeGreaterThanOrEqual(50);
});

test("a table with few commits is swept by age", async () => {
  const swept = Promise.withResolvers<object>();
  const log = {
    info: () => undefined,
    warn: () => undefined,
    debug: (fields: object) => swept.resolve(fields),
  };
  await using sample = await openSample({ janitor: { ...eager, ageMs: 10 }, log });
  await sample.store.queue.append([newAction()]);
  expect(await swept.promise).toMatchObject({ table: "queue", commits: 1 });
});

test("what processes before left is compacted, although none made enough commits for it", async () => {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const swept = Promise.withResolvers<object>();
  const log = { ...silentLog, debug: (fields: object) => swept.resolve(fields) };
  for (let start = 0; start < 3; start++) {
    await using store = await openStore({ location, janitor: eager, log });
    for (let number = 0; number < 20; number++) await store.queue.append([newAction()]);
    if (start === 2) expect(await swept.promise).toMatchObject({ fragmentsLeft: 40 });
  }
});

test.each([
  { name: "of a megabyte each are compacted at a start", mib: 1, compactions: 1 },
  { name: "of 80 MiB each are left as they are", mib: 80, compactions: 0 },
])("fragments of earlier processes $name", async ({ mib, compactions }) => {
  let compacted = 0;
  const heavy: CompactedTable = {
    name: "queue",
    commits: 0,
    set onCommit(_listener: () => void) {},
    stats: async () => ({ fragments: 30, bytes: 30 * mib * 2 ** 20 }),
    optimize: async () => {
      compacted += 1;
      return { removed: Promise.resolve() };
    },
  };
  const janitor = new Janitor([heavy], JANITOR_LIMITS, silentLog);
  await until(() => compacted === compactions);
  await janitor[Symbol.asyncDispose]();
  expect(compacted).toBe(compactions);
});

test("the store reports when each table was compacted last", async () => {
  await using sample = await openSample({ janitor: eager });
  const { store } = sample;
  expect((await store.stats()).queue.compacted_at).toBeNull();
  const begun = Date.now();
  await Promise.all([store.compact(), store.compact()]);
  const ended = Date.now();
  for (const { compacted_at } of Object.values(await store.stats())) {
    expect(compacted_at).toBeGreaterThanOrEqual(begun);
    expect(compacted_at).toBeLessThanOrEqual(ended);
  }
});

test("a store without a janitor does not know when its tables were compacted", async () => {
  await using sample = await openSample();
  await sample.store.compact();
  expect((await sample.store.stats()).queue.compacted_at).toBeNull();
});

test("a failed compaction is reported to its caller, and does not count", async () => {
  await using sample = await openSample({ janitor: eager });
  const { store } = sample;
  store.fence(new TroupeError("DATABASE_LOST", "another process has it"));
  await expect(store.compact()).rejects.toThrow(expect.objectContaining({ code: "DATABASE_LOST" }));
  expect((await store.stats()).queue.compacted_at).toBeNull();
});

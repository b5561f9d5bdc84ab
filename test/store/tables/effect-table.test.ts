/** Effects as they are stored and read: durable before the table, in it before their step, each once. */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { EffectRow } from "../../../src/model/effect.ts";
import { LeftJournal } from "../../../src/store/journal/left-journal.ts";
import { openStore, type Store, type StoreOptions } from "../../../src/store/store.ts";
import { block } from "../../support/break.ts";
import { agentRow, effectRow, newAction, stepRow } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { openCrashed } from "../crash-copy.ts";
import { openForeign, openSample } from "../sample-store.ts";

interface Opened {
  readonly store: Store;
  readonly location: string;
}

/** With a journal, as the process that owns the database. */
async function open({
  acksInTable = false,
  ...options
}: Partial<StoreOptions> & { acksInTable?: boolean } = {}): Promise<Opened> {
  const folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const journal = { folder: location, acksInTable };
  const store = await openStore({ location, janitor: {}, journal, ...options });
  onTestFinished(async () => {
    await store.close();
    await folder[Symbol.asyncDispose]();
  });
  return { store, location };
}

const withJournal = (location: string) => ({
  janitor: {},
  journal: { folder: location, acksInTable: false },
});

/** The rows that the table has: effect and state, oldest first. */
async function inTable(location: string): Promise<readonly string[]> {
  const table = await openForeign(location, "agent_effects");
  const rows: { effect_id: string; state: string }[] = await table.query().toArray();
  table.close();
  return rows.map(({ effect_id, state }) => `${effect_id} ${state}`).sort(byText);
}

function byText(one: string, other: string): number {
  return one.localeCompare(other);
}

function entriesIn(location: string): number {
  using database = new DatabaseSync(join(location, "journal.sqlite"), { readOnly: true });
  return Number(database.prepare("SELECT count(*) AS n FROM effects").get()?.["n"]);
}

const started = (effect_id: string, given: Partial<EffectRow> = {}) =>
  effectRow({
    effect_id,
    state: "started",
    value: null,
    ended_at: null,
    ...given,
    agent_id: given.agent_id ?? "agent1",
  });

describe("keep", () => {
  test("with a journal it is durable before the table has it, and a start brings it there once", async () => {
    const { store, location } = await open();
    const done = effectRow({ effect_id: "a", key: "mail", value: '"sent"' });
    await store.effects.keep(started("a"));
    await store.effects.keep(done);
    expect(await inTable(location)).toEqual([]);
    const next = await openCrashed(location, withJournal);
    expect(await next.effects.find("a")).toEqual(done);
    expect(await next.effects.findTurn("agent1", 1)).toEqual([done]);
    await next.agents.record(agentRow({ iteration: 1 }), stepRow());
    expect(await inTable(next.location)).toEqual(["a done"]);
    // The entries are gone: what it would have to append, it appends no second time.
    await next.close();
    const last = await openCrashed(next.location, withJournal);
    await last.effects.keep(started("b"));
    await last.agents.record(agentRow({ iteration: 2 }), stepRow({ iteration: 2 }));
    expect(await inTable(last.location)).toEqual(["a done", "b started"]);
  });

  test("a start appends only what the table lacks", async () => {
    const { store, location } = await open();
    await store.effects.keep(started("a"));
    await store.effects.keep(started("b"));
    await store.agents.record(agentRow({ iteration: 1 }), stepRow());
    await store.effects.keep(effectRow({ effect_id: "b" }));
    expect(await inTable(location)).toEqual(["a started", "b started"]);
    const next = await openCrashed(location, withJournal);
    await next.effects.keep(started("c"));
    await next.agents.record(agentRow({ iteration: 2 }), stepRow({ iteration: 2 }));
    const rows = ["a started", "b done", "b started", "c started"];
    expect(await inTable(next.location)).toEqual(rows);
  });

  test("its entries leave the journal once the table has them on the disk", async () => {
    const { store, location } = await open();
    await Promise.all(["a", "b", "c"].map((id) => store.effects.keep(started(id))));
    await store.agents.record(agentRow({ iteration: 1 }), stepRow());
    await until(async () => {
      const copy = await makeTempFolder();
      await cp(location, copy.path, { recursive: true });
      const left = entriesIn(copy.path);
      await copy[Symbol.asyncDispose]();
      return left === 0;
    });
    expect(await inTable(location)).toHaveLength(3);
  });

  test("without a journal, and with one that is not enough, it waits for the table", async () => {
    await using plain = await openSample();
    await plain.store.effects.keep(started("a"));
    expect(await inTable(plain.location)).toEqual(["a started"]);
    const { store, location } = await open({ acksInTable: true });
    const before = store.commits.agent_effects;
    await Promise.all(Array.from({ length: 500 }, (_, n) => store.effects.keep(started(`${n}`))));
    expect(await inTable(location)).toHaveLength(500);
    expect(store.commits.agent_effects - before).toBeLessThan(10);
  });

  test("a row that can never be stored is refused, and disturbs no other", async () => {
    const { store } = await open();
    const bad = effectRow({ effect_id: "bad", input_tokens: 2 ** 60 });
    const other = store.effects.keep(effectRow({ effect_id: "good" }));
    await expect(store.effects.keep(bad)).rejects.toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringContaining("agent_effects.input_tokens"),
    });
    await other;
    expect(await store.effects.find("bad")).toBeUndefined();
    expect(await store.effects.find("good")).toBeDefined();
  });

  test("once another process has the database nothing is kept", async () => {
    const { store } = await open();
    const { TroupeError } = await import("../../../src/model/errors.ts");
    store.fence(new TroupeError("DATABASE_LOST", "taken over"));
    await expect(store.effects.keep(effectRow())).rejects.toMatchObject({ code: "DATABASE_LOST" });
  });

  test("after the close it is refused", async () => {
    const { store } = await open();
    await store.close();
    await expect(store.effects.keep(effectRow())).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    store.effects.note(effectRow());
  });
});

describe("a flush of steps", () => {
  test("writes effects first, in one commit, each once in its furthest state", async () => {
    const { store, location } = await open();
    const before = store.commits.agent_effects;
    await store.effects.keep(started("a"));
    store.effects.note(effectRow({ effect_id: "b", agent_id: "other" }));
    store.effects.note(effectRow({ effect_id: "a" }));
    const stored = Promise.withResolvers<readonly string[]>();
    const onAppended = () => void inTable(location).then(stored.resolve, stored.reject);
    await store.agents.record(agentRow({ iteration: 1 }), stepRow(), { onAppended });
    expect(await stored.promise).toEqual(["a done", "b done"]);
    expect(store.commits.agent_effects).toBe(before + 1);
  });

  test("that does not store the effects does not store the step", async () => {
    const { store, location } = await open();
    // The folder of data is made with the first row.
    store.effects.note(effectRow({ effect_id: "a" }));
    await store.agents.record(agentRow({ iteration: 1 }), stepRow());
    const mend = await block(join(location, "agent_effects.lance/data"));
    store.effects.note(effectRow({ effect_id: "b" }));
    const recorded = store.agents.record(agentRow({ iteration: 2 }), stepRow({ iteration: 2 }));
    await until(() => !store.health.isWritable);
    expect((await store.steps.list("agent1")).items).toHaveLength(1);
    await mend();
    await recorded;
    expect(await inTable(location)).toEqual(["a done", "b done"]);
    expect((await store.steps.list("agent1")).items).toHaveLength(2);
  });

  test("commits nothing to the table of effects if there are none", async () => {
    const { store } = await open();
    const before = store.commits.agent_effects;
    for (const iteration of [1, 2, 3])
      await store.agents.record(agentRow({ iteration }), stepRow({ iteration }));
    expect(store.commits.agent_effects).toBe(before);
  });

  test("comes within a second if there is no step", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { store, location } = await open();
    store.effects.note(effectRow({ effect_id: "a" }));
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await until(async () => (await inTable(location)).length === 1);
  });
});

/** A store whose journal refuses effects until it has an action. */
async function openRefusing(): Promise<Opened> {
  const { store, location } = await open();
  await store.close();
  {
    using database = new DatabaseSync(join(location, "journal.sqlite"));
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON effects
      WHEN (SELECT count(*) FROM entries) = 0
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
  }
  const again = await openStore({ location, ...withJournal(location) });
  onTestFinished(() => again.close());
  return { store: again, location };
}

describe("while the journal takes nothing", () => {
  test("keep waits, the store reports it, and later the row is kept", async () => {
    const { store } = await openRefusing();
    const order: string[] = [];
    const kept = store.effects.keep(started("a")).then(() => order.push("kept"));
    await until(() => !store.health.isWritable);
    expect(store.health.error).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "the journal cannot be written: database or disk is full",
    });
    order.push("mended");
    await store.queue.append([newAction()], true);
    await kept;
    expect(order).toEqual(["mended", "kept"]);
    expect(store.health.isWritable).toBe(true);
  });

  test("keep gives up once the process is ending", async () => {
    const { store } = await openRefusing();
    const kept = store.effects.keep(started("a"));
    const refused = expect(kept).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await until(() => !store.health.isWritable);
    store.stopRetryingAfter(0);
    await refused;
  });
});

describe("the journal's file", () => {
  test("of a Troupe without effects is upgraded in place, with its actions", async () => {
    const { store, location } = await open();
    await store.close();
    {
      using database = new DatabaseSync(join(location, "journal.sqlite"));
      database.exec("DROP TABLE effects; PRAGMA user_version = 1");
      const row = JSON.stringify(newAction({ id: "old" }));
      database.prepare("INSERT INTO entries (seq, row) VALUES (1, ?)").run(row);
    }
    const left = new LeftJournal({
      folder: location,
      place: undefined,
      isOwned: async () => false,
    });
    expect(await left.effects()).toEqual([]);
    expect(await left.rows()).toMatchObject([{ id: "old" }]);
    const next = await openStore({ location, ...withJournal(location) });
    onTestFinished(() => next.close());
    expect(await next.queue.find("old")).toMatchObject({ id: "old" });
    await next.effects.keep(started("a"));
    const last = await openCrashed(location, withJournal);
    expect(await last.effects.find("a")).toMatchObject({ state: "started" });
  });

  test("with effects of another database is refused", async () => {
    const folder = await makeTempFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const local = join(folder.path, "local");
    const journal = { folder: local, acksInTable: false };
    const location = join(folder.path, "db");
    const store = await openStore({ location, janitor: {}, journal });
    await store.effects.keep(started("a"));
    const copy = join(folder.path, "copy");
    await cp(local, copy, { recursive: true });
    await store.close();
    const other = openStore({
      location: join(folder.path, "other"),
      janitor: {},
      journal: { folder: copy, acksInTable: false },
    });
    await expect(other).rejects.toMatchObject({
      code: "DATABASE_UNUSABLE",
      message: expect.stringMatching(/has 1 effects of .*db; start that database/),
    });
  });

  test("that a process has left is read by others", async () => {
    const { store, location } = await open();
    await store.effects.keep(started("a"));
    await store.effects.keep(started("b", { turn: 0, key: "k" }));
    const other = await openCrashed(location, (copy) => ({
      left: new LeftJournal({ folder: copy, place: undefined, isOwned: async () => false }),
    }));
    expect(await inTable(other.location)).toEqual([]);
    expect((await other.effects.list()).items.map(({ effect_id }) => effect_id)).toEqual([
      "b",
      "a",
    ]);
    expect(await other.effects.findKey("agent1", "k")).toMatchObject([{ effect_id: "b" }]);
    expect(await other.effects.listOfStep("agent1", 1)).toHaveLength(2);
  });
});

/** Effects as they are stored: durable before the table, in it before their step, each once. */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { TroupeError } from "../../../src/model/errors.ts";
import { block } from "../../support/break.ts";
import { agentRow, effectRow, stepRow } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";
import { openCrashed } from "../crash-copy.ts";
import { entriesIn, inTable, openJournaled, started, withJournal } from "../effects-store.ts";
import { openSample } from "../sample-store.ts";

describe("keep", () => {
  test("with a journal it is durable before the table has it, and a start brings it there once", async () => {
    const { store, location } = await openJournaled();
    const done = effectRow({ effect_id: "a", key: "mail", value: '"sent"' });
    await store.effects.keep(started("a"));
    await store.effects.keep(done);
    expect(await inTable(location)).toEqual([]);
    const next = await openCrashed(location, withJournal);
    expect(await next.effects.reads.find("a")).toEqual(done);
    expect(await next.effects.reads.findTurn("agent1", 1)).toEqual([done]);
    await next.agents.record(agentRow({ iteration: 1 }), stepRow());
    expect(await inTable(next.location)).toEqual(["a done"]);
    // The entries are gone: what it would have to append, it appends no second time.
    await next.close();
    const last = await openCrashed(next.location, withJournal);
    await last.effects.keep(started("b"));
    await last.agents.record(agentRow({ iteration: 2 }), stepRow({ iteration: 2 }));
    expect(await inTable(last.location)).toEqual(["a done", "b started"]);
  });

  test("who finds one in the table finds it there from another process, too", async () => {
    const { store, location } = await openJournaled();
    await store.effects.keep(started("a"));
    await store.effects.keep(started("a", { state: "unknown" }));
    expect(await store.effects.findInTable("a")).toMatchObject({ state: "unknown" });
    expect(await inTable(location)).toEqual(["a unknown"]);
  });

  test("a start appends only what the table lacks", async () => {
    const { store, location } = await openJournaled();
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
    const { store, location } = await openJournaled();
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
    const { store, location } = await openJournaled({ acksInTable: true });
    const before = store.commits.agent_effects;
    await Promise.all(Array.from({ length: 500 }, (_, n) => store.effects.keep(started(`${n}`))));
    expect(await inTable(location)).toHaveLength(500);
    expect(store.commits.agent_effects - before).toBeLessThan(10);
  });

  test("a row that can never be stored is refused, and disturbs no other", async () => {
    const { store } = await openJournaled();
    const bad = effectRow({ effect_id: "bad", input_tokens: 2 ** 60 });
    const other = store.effects.keep(effectRow({ effect_id: "good" }));
    await expect(store.effects.keep(bad)).rejects.toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringContaining("agent_effects.input_tokens"),
    });
    await other;
    expect(await store.effects.reads.find("bad")).toBeUndefined();
    expect(await store.effects.reads.find("good")).toBeDefined();
  });

  test("once another process has the database nothing is kept", async () => {
    const { store } = await openJournaled();
    store.fence(new TroupeError("DATABASE_LOST", "taken over"));
    await expect(store.effects.keep(effectRow())).rejects.toMatchObject({ code: "DATABASE_LOST" });
  });

  test("after the close it is refused", async () => {
    const { store } = await openJournaled();
    await store.close();
    await expect(store.effects.keep(effectRow())).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    store.effects.note(effectRow());
  });
});

describe("a flush of steps", () => {
  test("writes effects first, in one commit, each once in its furthest state", async () => {
    const { store, location } = await openJournaled();
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
    const { store, location } = await openJournaled();
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
    const { store } = await openJournaled();
    const before = store.commits.agent_effects;
    for (const iteration of [1, 2, 3])
      await store.agents.record(agentRow({ iteration }), stepRow({ iteration }));
    expect(store.commits.agent_effects).toBe(before);
  });

  test("comes within a second if there is no step", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { store, location } = await openJournaled();
    store.effects.note(effectRow({ effect_id: "a" }));
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await until(async () => (await inTable(location)).length === 1);
  });
});

/** Steps are stored before rows, rows follow lazily, and a start brings up what a death left behind. */

import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { afterStep } from "../../../src/model/after-step.ts";
import type { AgentRow } from "../../../src/model/agent.ts";
import type { WholeStepRow } from "../../../src/model/step.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { block } from "../../support/break.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { until } from "../../support/until.ts";
import { countVersions, openSample } from "../sample-store.ts";

/** The database as another process sees it. */
async function reopen(location: string): Promise<Store> {
  const store = await openStore({ location });
  onTestFinished(() => store.close());
  return store;
}

/** Resolves once the step is stored, with the promise of its row. */
async function takeStep(
  { agents }: Store,
  row: AgentRow,
  step: WholeStepRow,
): Promise<{ readonly merged: Promise<AgentRow> }> {
  const stored = Promise.withResolvers<void>();
  const merged = agents.record(row, step, { isLazy: true, onAppended: stored.resolve });
  merged.catch(stored.reject);
  await stored.promise;
  return { merged };
}

test("a step is stored before its row, and this process already reads the row that it led to", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const other = await reopen(sample.location);
  await store.agents.record(agentRow({ current_subject: "cats" }));
  const row = agentRow({ iteration: 1, current_subject: "dogs", result: "woof" });
  const { merged } = await takeStep(store, row, stepRow({ iteration: 1 }));
  expect((await other.steps.list("agent1")).items).toHaveLength(1);
  expect(await other.agents.find("agent1")).toMatchObject({ iteration: 0 });
  const led = { iteration: 1, current_subject: "dogs", result: "woof" };
  expect(await store.agents.find("agent1")).toMatchObject(led);
  expect((await store.agents.list()).items).toEqual([expect.objectContaining(led)]);
  expect((await store.agents.listWhole({ q: "DOG" })).items).toEqual([
    expect.objectContaining(led),
  ]);
  expect((await store.agents.list({ q: "cat" })).items).toEqual([]);
  expect(await merged).toEqual(row);
  expect(await other.agents.find("agent1")).toMatchObject(led);
});

test("an urgent row takes all others with it, in one commit", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  const ids = Array.from({ length: 50 }, (_, n) => `a${n}`);
  await Promise.all(ids.map((agent_id) => store.agents.record(agentRow({ agent_id }))));
  const before = await countVersions(location, "agent_state");
  const taken = await Promise.all(
    ids.map((agent_id) =>
      takeStep(store, agentRow({ agent_id, iteration: 1 }), stepRow({ agent_id, iteration: 1 })),
    ),
  );
  await store.agents.record(agentRow({ agent_id: "a7", iteration: 1, status: "pausing" }));
  await Promise.all(taken.map(({ merged }) => merged));
  expect((await countVersions(location, "agent_state")) - before).toBe(1);
  const { items } = await store.agents.list({ limit: 100 });
  expect(items.filter(({ iteration }) => iteration === 1)).toHaveLength(50);
});

test("a row is not merged while a step before it is not stored, and keeps no other waiting", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  const other = await reopen(location);
  await store.agents.record(agentRow(), stepRow({ agent_id: "other" }));
  const mend = await block(join(location, "agent_steps.lance/data"));
  const step = store.agents.record(agentRow({ iteration: 1 }), stepRow({ iteration: 1 }));
  const paused = store.agents.record(agentRow({ iteration: 1, status: "pausing" }));
  await store.agents.record(agentRow({ agent_id: "other" }));
  expect(await other.agents.find("agent1")).toMatchObject({ iteration: 0, status: "running" });
  await mend();
  await Promise.all([step, paused]);
  expect(await other.agents.find("agent1")).toMatchObject({ iteration: 1, status: "pausing" });
});

test("a step is not stored before the first row of its generation", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  const mend = await block(join(location, "agent_state.lance/_transactions"));
  const row = store.agents.record(agentRow({ generation: 2 }));
  const next = { generation: 2, iteration: 1 };
  const step = store.agents.record(agentRow(next), stepRow(next));
  await until(() => !store.health.isWritable);
  expect((await store.steps.list("agent1")).items).toEqual([]);
  await mend();
  await Promise.all([row, step]);
  expect((await store.steps.list("agent1")).items).toHaveLength(1);
});

test("a step waits for no row of its generation if the table has one of the living agent", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  await store.agents.record(agentRow());
  const mend = await block(join(location, "agent_state.lance/_transactions"));
  const next = agentRow({ generation: 2, started_at: 7 });
  const row = store.agents.record(next, undefined, { hasLivingRow: true });
  const step = stepRow({ generation: 2 });
  const { merged } = await takeStep(store, afterStep(next, step), step);
  expect(await store.agents.find("agent1")).toMatchObject({
    generation: 2,
    iteration: 1,
    started_at: 7,
  });
  await mend();
  expect((await Promise.all([row, merged])).map(({ iteration }) => iteration)).toEqual([1, 1]);
});

test("no later step of a generation is stored once one cannot be", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  await agents.record(agentRow());
  const error = { code: "X", message: "m", details: { n: 1n } };
  const invalid = { code: "RECORD_INVALID" };
  const bad = agents.record(agentRow({ iteration: 1 }), stepRow({ iteration: 1, error }));
  const later = agents.record(agentRow({ iteration: 2 }), stepRow({ iteration: 2 }));
  const other = agents.record(
    agentRow({ agent_id: "b", iteration: 1 }),
    stepRow({ agent_id: "b" }),
  );
  await expect(bad).rejects.toMatchObject(invalid);
  await expect(later).rejects.toMatchObject(invalid);
  await other;
  await expect(agents.record(agentRow({ iteration: 2 }))).rejects.toMatchObject(invalid);
  await agents.record(agentRow({ iteration: 0, status: "restarting" }));
  await agents.record(agentRow({ generation: 2 }));
  const next = { generation: 2, iteration: 1 };
  await agents.record(agentRow(next), stepRow(next));
  expect((await steps.list("agent1")).items).toMatchObject([next]);
});

test("drain and close store what would have waited", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  await store.agents.record(agentRow());
  await takeStep(store, agentRow({ iteration: 1 }), stepRow({ iteration: 1 }));
  await store.agents.drain();
  const other = await reopen(location);
  expect(await other.agents.find("agent1")).toMatchObject({ iteration: 1 });
  await takeStep(store, agentRow({ iteration: 2 }), stepRow({ iteration: 2 }));
  await store.close();
  expect(await other.agents.find("agent1")).toMatchObject({ iteration: 2 });
});

describe("a start", () => {
  /** Steps on top of the row, stored one after the other; the rows after them are not merged. */
  async function leave(store: Store, first: AgentRow, steps: readonly WholeStepRow[]) {
    const mend = await block(join(store.location, "agent_state.lance/_transactions"));
    let row = first;
    for (const step of steps) {
      row = afterStep(row, step);
      (await takeStep(store, row, step)).merged.catch(() => undefined);
    }
    store.agents.stopRetryingAfter(0);
    await store.close();
    await mend();
    return row;
  }

  const guidance = { action_id: "1", guidance: { subject: "dogs" }, at: 5 };
  const first = agentRow({ pending_guidance: [guidance], applied_actions: ["1"] });

  test("brings rows up to the stored steps", async () => {
    await using sample = await openSample();
    const { store, location } = sample;
    await store.agents.record(first);
    await store.agents.record(agentRow({ agent_id: "still", iteration: 3 }));
    const steps = Array.from({ length: 30 }, (_, n) =>
      stepRow({
        iteration: n + 1,
        result: `result ${n}`,
        context: n % 7 === 0 ? `{"n":${n}}` : null,
        guidance_used: n === 2 ? ["1"] : [],
      }),
    );
    const failed = { iteration: 31, status: "error" as const, error: { code: "X", message: "m" } };
    const last = stepRow({ iteration: 32, subject: "dogs", subject_after: '"owls"', done: true });
    const row = await leave(store, first, [...steps, stepRow(failed), last]);
    const found = await (await reopen(location)).agents.loadAlive();
    const byId = new Map(found.map((one) => [one.agent_id as string, one]));
    expect(byId.get("agent1")).toEqual(row);
    expect(byId.get("agent1")).toMatchObject({
      context: '{"n":28}',
      current_subject: "owls",
      pending_guidance: [],
      last_error: { code: "X" },
      exit_reason: { reason: "finished" },
    });
    expect(byId.get("still")).toMatchObject({ iteration: 3 });
  });

  test("reads no steps but those since the last merges, whatever the clock does", async () => {
    await using sample = await openSample();
    const { store, location } = sample;
    await store.agents.record(agentRow());
    for (let iteration = 1; iteration <= 3; iteration++) {
      await store.agents.record(agentRow({ iteration }), stepRow({ iteration }));
    }
    const { steps_since } = (await (await reopen(location)).agents.find("agent1")) ?? {};
    const { items } = await store.steps.list("agent1");
    // The last merge says what the one before it had.
    expect([...(steps_since ?? ""), ""].length).toBe(37);
    expect(items.filter(({ step_id }) => step_id >= (steps_since ?? "")).length).toBe(1);
    vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000);
    onTestFinished(() => void vi.restoreAllMocks());
    const row = await leave(store, agentRow({ iteration: 3 }), [
      stepRow({ iteration: 4 }),
      stepRow({ iteration: 5, context: "[5]" }),
    ]);
    const [found] = await (await reopen(location)).agents.loadAlive();
    expect(found).toMatchObject({ iteration: 5, context: "[5]" });
    expect(row.iteration).toBe(5);
  });

  test("finds the steps of processes that merged no row of the agent", async () => {
    await using sample = await openSample();
    const { store, location } = sample;
    const other = agentRow({ agent_id: "other", iteration: 2 });
    await store.agents.record(agentRow({ iteration: 4 }));
    await store.agents.record({ ...other, epoch: 3 });
    const own = stepRow({ iteration: 5 });
    const second = stepRow({ iteration: 5, epoch: 2, generation: 2, result: "second" });
    const third = stepRow({ iteration: 6, epoch: 3, generation: 3, context: "[3]" });
    await leave(store, agentRow({ iteration: 4 }), [own, second, third]);
    const { agents } = await reopen(location);
    const [found] = await agents.loadAlive();
    expect(found).toMatchObject({
      iteration: 6,
      generation: 3,
      context: "[3]",
    });
    expect(found?.history.entries).toMatchObject([{ iteration: 5, result: "second" }]);
    expect(await agents.findLeft("agent1")).toEqual(found);
  });

  test("takes rows from before steps had their epoch as they are", async () => {
    await using sample = await openSample();
    const { store, location } = sample;
    await store.agents.record(agentRow({ iteration: 1 }), stepRow({ iteration: 2, epoch: 0 }));
    const [found] = await (await reopen(location)).agents.loadAlive();
    expect(found).toMatchObject({ iteration: 1 });
  });
});

/** Old effects are deleted, except those of a turn that an agent has not ended. */

import { expect, test } from "vitest";
import type { OpenTurn } from "../../../src/store/tables/expired-effects.ts";
import { agentRow, effectRow, stepRow } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";

const old = { started_at: 10, ended_at: 20 };
const young = { started_at: 10, ended_at: 200 };

test("retention deletes what ended before, or began and never ended, and leaves open turns alone", async () => {
  await using sample = await openSample();
  const { effects, agents } = sample.store;
  const rows = [
    effectRow({ effect_id: "old", turn: 1, ...old }),
    effectRow({ effect_id: "young", turn: 1, ...young }),
    effectRow({
      effect_id: "never ended",
      turn: 1,
      state: "unknown",
      started_at: 10,
      ended_at: null,
    }),
    effectRow({ effect_id: "open", turn: 5, ...old }),
    effectRow({
      effect_id: "open, unknown",
      key: "other",
      turn: 5,
      state: "unknown",
      started_at: 10,
      ended_at: null,
    }),
    effectRow({ effect_id: "every turn", turn: 0, ...old }),
    effectRow({ effect_id: "of an agent that is gone", agent_id: "gone", turn: 5, ...old }),
    effectRow({ effect_id: "another's turn", agent_id: "agent2", turn: 5, ...old }),
  ];
  for (const row of rows) effects.note(row);
  await agents.record(agentRow({ iteration: 1 }), stepRow());

  effects.openTurns = async () =>
    new Map([
      ["agent1", { turn: 5, iteration: 4 }],
      ["agent2", { turn: 6, iteration: 5 }],
    ]);
  expect(await effects.hasExpired(100)).toBe(true);
  expect(await effects.expire(100)).toBe(5);
  const { items } = await effects.pages.list();
  const left = ["young", "open, unknown", "open"];
  expect(items.map(({ effect_id }) => effect_id)).toEqual(left);
  // The open turn alone is no reason for a commit.
  expect(await effects.hasExpired(100)).toBe(false);
  effects.openTurns = async () => new Map();
  expect(await effects.expire(100)).toBe(2);
});

test("more open effects than one predicate takes are left alone", async () => {
  await using sample = await openSample();
  const { effects, agents } = sample.store;
  const open = new Map<string, OpenTurn>();
  for (let n = 0; n < 1_500; n++) {
    const agent_id = `agent${n}`;
    open.set(agent_id, { turn: 2, iteration: 1 });
    effects.note(effectRow({ agent_id, turn: 2, ...old }));
    effects.note(effectRow({ agent_id, turn: 1, ...old }));
  }
  await agents.record(agentRow({ iteration: 1 }), stepRow());
  effects.openTurns = async () => open;
  expect(await effects.expire(100)).toBe(1_500);
  expect(await effects.reads.findTurn("agent1499", 2)).toHaveLength(1);
  expect(await effects.reads.findTurn("agent1499", 1)).toEqual([]);
});

test("of a turn that fails for long only what its next step needs is left", async () => {
  await using sample = await openSample();
  const { effects, agents } = sample.store;
  const of = (effect_id: string, given: Parameters<typeof effectRow>[0]) =>
    effects.note(effectRow({ effect_id, turn: 5, ...old, ...given }));
  for (const n of [0, 1, 2]) {
    const generation = n + 1;
    const iteration = 5 + n;
    of(`threw ${n}`, { generation, iteration, key: "threw", state: "failed" });
    of(`unknown ${n}`, { generation, iteration, key: "unknown", state: "unknown" });
    of(`call ${n}`, { generation, iteration, kind: "model", key: "1" });
  }
  // Of a later thread, on a clock that was set back.
  of("a, unknown, then free", { generation: 2, key: "free", state: "unknown" });
  of("a, free", { generation: 3, key: "free", state: "failed" });
  of("done", { key: "done" });
  await agents.record(agentRow({ iteration: 1 }), stepRow());
  effects.openTurns = async () => new Map([["agent1", { turn: 5, iteration: 6 }]]);
  expect(await effects.expire(100)).toBe(7);
  const { items } = await effects.pages.list();
  const left = ["call 0", "call 1", "call 2", "done", "unknown 2"];
  expect(items.map(({ effect_id }) => effect_id).sort()).toEqual(left);
});

test("of model calls of a turn's stored steps the newest 256 are left", async () => {
  await using sample = await openSample();
  const { effects, agents } = sample.store;
  const calls = Array.from({ length: 300 }, (_, n) => `call ${String(n).padStart(3, "0")}`);
  for (const effect_id of calls) {
    effects.note(effectRow({ effect_id, turn: 5, iteration: 5, kind: "model", ...old }));
  }
  await agents.record(agentRow({ iteration: 1 }), stepRow());
  effects.openTurns = async () => new Map([["agent1", { turn: 5, iteration: 6 }]]);
  expect(await effects.expire(100)).toBe(44);
  const { items } = await effects.pages.list({ limit: 300 });
  expect(items.map(({ effect_id }) => effect_id).sort()).toEqual(calls.slice(44));
});

test("the open turns are those of the rows of agents that live", async () => {
  await using sample = await openSample();
  const { effects, agents } = sample.store;
  const stored = Promise.withResolvers<void>();
  await agents.record(agentRow({ agent_id: "lives", turn: 3 }));
  await agents.record(agentRow({ agent_id: "ended", turn: 3, status: "stopped" }));
  for (const agent_id of ["lives", "ended"]) {
    for (const turn of [2, 3]) {
      effects.note(effectRow({ effect_id: `${agent_id} ${turn}`, agent_id, turn, ...old }));
    }
  }
  const step = stepRow({ agent_id: "lives", status: "error" });
  const row = agentRow({ agent_id: "lives", iteration: 1, turn: 3 });
  void agents.record(row, step, { onAppended: stored.resolve });
  await stored.promise;
  expect(await effects.expire(100)).toBe(3);
  expect((await effects.pages.list()).items).toMatchObject([{ effect_id: "lives 3" }]);
});

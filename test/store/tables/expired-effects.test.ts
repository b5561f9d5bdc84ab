/** Old effects are deleted, except those of a turn that an agent has not ended. */

import { expect, test } from "vitest";
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

  // Until it can see the open turns, it deletes nothing.
  expect(await effects.hasExpired(100)).toBe(false);
  expect(await effects.expire(100)).toBe(0);

  effects.openTurns = async () =>
    new Map([
      ["agent1", 5],
      ["agent2", 6],
    ]);
  expect(await effects.hasExpired(100)).toBe(true);
  expect(await effects.expire(100)).toBe(5);
  const { items } = await effects.list();
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
  const open = new Map<string, number>();
  for (let n = 0; n < 1_500; n++) {
    const agent_id = `agent${n}`;
    open.set(agent_id, 2);
    effects.note(effectRow({ agent_id, turn: 2, ...old }));
    effects.note(effectRow({ agent_id, turn: 1, ...old }));
  }
  await agents.record(agentRow({ iteration: 1 }), stepRow());
  effects.openTurns = async () => open;
  expect(await effects.expire(100)).toBe(1_500);
  expect(await effects.findTurn("agent1499", 2)).toHaveLength(1);
  expect(await effects.findTurn("agent1499", 1)).toEqual([]);
});

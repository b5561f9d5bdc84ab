/** What a start finds of model calls that agents' rows do not count yet, and what retention leaves. */

import { describe, expect, test } from "vitest";
import type { AgentRow } from "../../../src/model/agent.ts";
import type { EffectRow } from "../../../src/model/effect.ts";
import { newEffectId, newStepId } from "../../../src/model/ids.ts";
import { newUsage, withCalls } from "../../../src/model/usage.ts";
import { encodeRow, toArrow } from "../../../src/store/lance/codec.ts";
import type { UsageRow } from "../../../src/store/tables/agent-table.ts";
import { agentRow, effectRow, stepRow } from "../../support/sample-rows.ts";
import { openForeign, openSample, type SampleStore } from "../sample-store.ts";

function call(given: Partial<Omit<EffectRow, "agent_id">> & { agent_id?: string } = {}): EffectRow {
  const tokens = { model: "big", input_tokens: 10, output_tokens: 1 };
  return effectRow({ kind: "model", name: "Ask", ...tokens, ...given });
}

/** As `supervisor/effects/spending.ts` counts it. */
function counted(row: AgentRow, { epoch, effect_id, ...effect }: EffectRow): AgentRow {
  const { model, input_tokens, output_tokens } = effect;
  const tokens = { input_tokens: input_tokens ?? 0, output_tokens: output_tokens ?? 0 };
  const calls = [{ model, ...tokens, at: effect.started_at }];
  const usage = withCalls(row.usage ?? newUsage(1), row.agent_type, calls, { epoch, effect_id });
  return { ...row, usage };
}

async function inputOf({ store }: SampleStore, agentId = "agent1"): Promise<number | undefined> {
  const row = (await store.agents.loadAlive()).find(({ agent_id }) => agent_id === agentId);
  return row?.usage?.spent.reduce((sum, { input_tokens }) => sum + input_tokens, 0);
}

describe("a start", () => {
  test("counts calls that were stored after the row, and those that it has once", async () => {
    await using sample = await openSample();
    const { agents, effects } = sample.store;
    const [first, second] = [call(), call({ state: "failed", input_tokens: 7 })];
    await agents.record(counted(agentRow(), first));
    for (const effect of [first, second, call({ input_tokens: null, output_tokens: null })]) {
      await effects.keep(effect);
    }
    await effects.keep(effectRow());
    expect(await inputOf(sample)).toBe(17);
    const [row] = await agents.loadAlive();
    expect(row && agents.isAhead(row)).toBe(true);
    if (row !== undefined) await agents.record(row);
    expect(await inputOf(sample)).toBe(17);
  });

  test("counts the calls of a step that was stored and is not in the row", async () => {
    await using sample = await openSample();
    const { agents, effects } = sample.store;
    await agents.record(agentRow());
    const step_id = newStepId();
    effects.note(call());
    const after = agentRow({ iteration: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    // Its row is not merged before it is read: the lane holds it back for a second.
    const merged = agents.record(after, stepRow({ step_id }), {
      isLazy: true,
      onAppended: resolve,
    });
    await promise;
    expect(await inputOf(sample)).toBe(10);
    await merged;
  });

  test("counts calls of a later process, even if the clock was set back", async () => {
    await using sample = await openSample();
    const { agents, effects } = sample.store;
    const early = newEffectId();
    await agents.record(counted(agentRow({ epoch: 1 }), call({ epoch: 1 })));
    await effects.keep(call({ effect_id: early, epoch: 2, input_tokens: 5 }));
    expect(await inputOf(sample)).toBe(15);
  });

  test("reads more calls than a function takes arguments, and counts copies of one once", async () => {
    await using sample = await openSample();
    await sample.store.agents.record(agentRow());
    const copies = Array(150_000).fill(encodeRow("agent_effects", call()));
    const table = await openForeign(sample.location, "agent_effects");
    await table.add(await toArrow("agent_effects", copies));
    expect(await inputOf(sample)).toBe(10);
  });

  test("counts nothing of other agents, and a row of an older Troupe from what is left", async () => {
    await using sample = await openSample();
    const { agents, effects } = sample.store;
    await agents.record(agentRow({ agent_id: "old", usage: null }));
    await agents.record(agentRow({ agent_id: "new" }));
    await effects.keep(call({ agent_id: "old", epoch: 0 }));
    await effects.keep(call({ agent_id: "old", epoch: 0, input_tokens: 4 }));
    expect(await inputOf(sample, "old")).toBe(14);
    expect(await inputOf(sample, "new")).toBe(0);
  });

  test("opens a database whose tables have no such columns", async () => {
    await using sample = await openSample();
    await sample.store.agents.record(agentRow());
    await sample.store.effects.keep(call());
    await (await openForeign(sample.location, "agent_state")).dropColumns(["usage"]);
    await (await openForeign(sample.location, "agent_effects")).dropColumns(["epoch"]);
    const { openStore } = await import("../../../src/store/store.ts");
    await using next = await openStore({ location: sample.location });
    const [row] = await next.agents.loadAlive();
    expect(row?.usage).toMatchObject({ spent: [{ model: "big", input_tokens: 10 }] });
  });
});

test("what was spent outlives the calls that retention deletes, and the end of its agent", async () => {
  await using sample = await openSample();
  const { agents, effects, steps } = sample.store;
  const effect = call();
  await effects.keep(effect);
  await agents.record(counted(agentRow({ status: "stopped", ended_at: 3 }), effect));
  await effects.expire(Date.now());
  await steps.expire(Date.now());
  expect(await effects.reads.find(effect.effect_id)).toBeUndefined();
  const ended: UsageRow[] = [];
  await agents.visitUsage((row) => ended.push(row), { isOfEnded: true });
  expect(ended).toMatchObject([{ agent_id: "agent1", usage: { spent: [{ input_tokens: 10 }] } }]);
  const all: UsageRow[] = [];
  await agents.visitUsage((row) => all.push(row));
  expect(all).toEqual(ended);
});

test("what thousands of agents have spent is read in many short turns", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const ids = Array.from({ length: 12_000 }, (_, n) => `agent${n}`);
  const spender = (agent_id: string) => counted(agentRow({ agent_id }), call({ agent_id }));
  await Promise.all(ids.map((id) => agents.record(spender(id))));
  let turns = 0;
  let pulse = setImmediate(function next() {
    turns += 1;
    pulse = setImmediate(next);
  });
  const seen = new Map<string, number>();
  await agents.visitUsage(({ agent_id }) => seen.set(agent_id, turns));
  clearImmediate(pulse);
  expect(new Set(seen.keys())).toEqual(new Set(ids));
  const first = Math.min(...seen.values());
  expect(turns - first).toBeGreaterThan(3);
  // The rows of one turn are a small part of all.
  const largest = Math.max(
    ...Map.groupBy(seen.values(), (at) => at)
      .values()
      .map((all) => all.length),
  );
  expect(largest).toBeLessThan(ids.length / 2);
});

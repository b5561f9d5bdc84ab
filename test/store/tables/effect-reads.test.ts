/** Effects as they are found and listed: each once, in its furthest state, wherever its rows are. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type EffectRow, furthest } from "../../../src/model/effect.ts";
import { effectStates } from "../../../src/model/effect-states.ts";
import type { Store } from "../../../src/store/store.ts";
import { agentRow, effectRow, stepRow } from "../../support/sample-rows.ts";
import { useSeed } from "../../support/seed.ts";
import { openSample } from "../sample-store.ts";

/** All noted effects are in the table. */
async function flush({ agents }: Store, iteration: number): Promise<void> {
  await agents.record(
    agentRow({ agent_id: "flush", iteration }),
    stepRow({ agent_id: "flush", iteration }),
  );
}

async function listAll(
  { effects }: Store,
  query: Parameters<Store["effects"]["pages"]["list"]>[0],
): Promise<readonly EffectRow[]> {
  const items: EffectRow[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await effects.pages.list({ ...query, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

test("a turn has its effects in their furthest states, in the table or not, and no other turn's", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const first = effectRow({ effect_id: "1", turn: 3 });
  const second = effectRow({ effect_id: "2", turn: 3, kind: "model", name: "Ask", key: "1" });
  store.effects.note({ ...first, state: "started", value: null });
  store.effects.note(second);
  store.effects.note(effectRow({ effect_id: "3", turn: 4 }));
  store.effects.note(effectRow({ effect_id: "4", turn: 3, agent_id: "agent2" }));
  await flush(store, 1);
  store.effects.note(first);
  expect(await store.effects.reads.findTurn("agent1", 3)).toEqual([first, second]);
  expect(await store.effects.reads.findTurn("agent1", 5)).toEqual([]);
  await flush(store, 2);
  expect(await store.effects.reads.findTurn("agent1", 3)).toEqual([first, second]);
});

test("a key is found among those that hold for all turns", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const key = 'it\'s "quoted"';
  const row = effectRow({ effect_id: "1", turn: 0, key });
  store.effects.note(row);
  store.effects.note(effectRow({ effect_id: "2", turn: 1, key }));
  store.effects.note(effectRow({ effect_id: "3", turn: 0, key: "other" }));
  store.effects.note(effectRow({ effect_id: "4", turn: 0, key, agent_id: "agent2" }));
  expect(await store.effects.reads.findKey("agent1", key)).toEqual([row]);
  await flush(store, 1);
  expect(await store.effects.reads.findKey("agent1", key)).toEqual([row]);
  expect(await store.effects.reads.findKey("agent3", key)).toEqual([]);
});

test("a thousand agents that ask at the same moment each get the effects of their own turn", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const count = 1_000;
  const idOf = (n: number) => `agent${n}`;
  const rows = Array.from({ length: count }, (_, n) =>
    [1, 2].map((part) =>
      effectRow({
        effect_id: `${n}-${part}`,
        agent_id: idOf(n),
        turn: (n % 7) + 1,
        key: `${part}`,
      }),
    ),
  );
  for (const row of rows.flat()) store.effects.note(row);
  // In another agent's turn, so that the turns of all agents are read for each.
  for (let n = 0; n < count; n++) {
    store.effects.note(effectRow({ agent_id: idOf(n), turn: ((n + 1) % 7) + 1 }));
  }
  await flush(store, 1);
  const found = await Promise.all(
    rows.map((_, n) => store.effects.reads.findTurn(idOf(n), (n % 7) + 1)),
  );
  expect(found).toEqual(rows);
});

test("an effect that has ended is not listed as unknown, however far apart its rows are", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const idOf = (n: number) => `e${String(n).padStart(4, "0")}`;
  const unknown = Array.from({ length: 300 }, (_, n) =>
    effectRow({ effect_id: idOf(n), state: "unknown", value: null, ended_at: null }),
  );
  for (const row of unknown) store.effects.note({ ...row, state: "started" });
  await flush(store, 1);
  for (const row of unknown) store.effects.note(row);
  await flush(store, 2);
  // All but three are resolved: some in the table, one not yet.
  const left = new Set([0, 150, 299].map(idOf));
  const resolved = unknown.filter(({ effect_id }) => !left.has(effect_id));
  for (const row of resolved.slice(1)) store.effects.note({ ...row, state: "done", value: "1" });
  await flush(store, 3);
  store.effects.note({ ...(resolved[0] as EffectRow), state: "failed" });
  const found = await listAll(store, { state: "unknown", limit: 2 });
  expect(found.map(({ effect_id }) => effect_id)).toEqual([299, 150, 0].map(idOf));
  expect(await listAll(store, { state: "started" })).toEqual([]);
  expect(await listAll(store, { limit: 7 })).toHaveLength(300);
});

const ids = fc.constantFrom(..."abcdefgh");
const moves = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(ids, fc.constantFrom("started", "unknown", "done")) },
  { weight: 1, arbitrary: fc.constant("flush" as const) },
);

test("pages have each effect once, newest first, in the state that its rows are furthest in", async () => {
  await using sample = await openSample();
  const { store } = sample;
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(moves, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.option(fc.constantFrom(...effectStates), { nil: undefined }),
      async (given, limit, state) => {
        run += 1;
        const agentId = `run${run}`;
        const rows: EffectRow[] = [];
        for (const [n, move] of given.entries()) {
          if (move === "flush") await flush(store, run * 100 + n);
          else {
            const row = effectRow({
              ...{ effect_id: `${run}-${move[0]}`, agent_id: agentId },
              state: move[1] as EffectRow["state"],
            });
            rows.push(row);
            store.effects.note(row);
          }
        }
        const expected = furthest(rows)
          .filter((row) => state === undefined || row.state === state)
          .map((row) => [row.effect_id, row.state])
          .reverse();
        const query = { agentId, limit, ...(state !== undefined && { state }) };
        const found = await listAll(store, query);
        expect(found.map((row) => [row.effect_id, row.state])).toEqual(expected);
      },
    ),
    { numRuns: 60, seed: useSeed() },
  );
});

test("a page ends with the row that exceeds 4 MiB, and a step's effects beyond are without values", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const value = JSON.stringify("x".repeat(250_000));
  const rows = Array.from({ length: 40 }, (_, n) =>
    effectRow({ effect_id: `e${String(n).padStart(2, "0")}`, value }),
  );
  for (const row of rows.slice(0, 30)) store.effects.note(row);
  await flush(store, 1);
  for (const row of rows.slice(30)) store.effects.note(row);
  const page = await store.effects.pages.list({ agentId: "agent1" });
  const bytes = page.items.reduce((sum, row) => sum + (row.value?.length ?? 0), 0);
  expect(bytes).toBeLessThan(5 * 2 ** 20);
  expect(page.next_cursor).not.toBeNull();
  expect(await listAll(store, { agentId: "agent1" })).toEqual(rows.toReversed());
  const ofStep = await store.effects.pages.listOfStep("agent1", 1);
  expect(ofStep.map(({ effect_id }) => effect_id)).toEqual(rows.map(({ effect_id }) => effect_id));
  const whole = ofStep.filter((row) => row.value !== null).length;
  expect(whole).toBeGreaterThan(10);
  expect(whole).toBeLessThan(22);
});

test("a cursor that no list made is refused", async () => {
  await using sample = await openSample();
  const listed = sample.store.effects.pages.list({ cursor: "[]" });
  await expect(listed).rejects.toMatchObject({ code: "CURSOR_INVALID" });
});

/** What waits for the table: of each effect the furthest row, with all entries of the journal that it covers. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type EffectRow, furthest } from "../../../src/model/effect.ts";
import { effectStates } from "../../../src/model/effect-states.ts";
import { encodeRow } from "../../../src/store/lance/codec.ts";
import {
  type UnwrittenEffect,
  UnwrittenEffects,
} from "../../../src/store/tables/unwritten-effects.ts";
import { effectRow } from "../../support/sample-rows.ts";

let seq = 0;

function unwritten(row: EffectRow): UnwrittenEffect {
  seq += 1;
  return { row, encoded: encodeRow("agent_effects", row), kept: [{ seq, row }] };
}

function statesIn(effects: UnwrittenEffects): readonly string[] {
  return effects.rows().map(({ effect_id, state }) => `${effect_id} ${state}`);
}

test("of rows that wait together the furthest is written, and counts for the entries of all", () => {
  const effects = new UnwrittenEffects();
  const started = unwritten(effectRow({ effect_id: "a", state: "started", value: null }));
  const done = unwritten(effectRow({ effect_id: "a", state: "done", value: '"x"' }));
  const late = unwritten(effectRow({ effect_id: "a", state: "unknown", value: null }));
  for (const effect of [started, done, late]) effects.add(effect);
  const taken = effects.take();
  expect(taken.map(({ row }) => row)).toEqual([done.row]);
  expect(taken.flatMap(({ kept }) => kept)).toEqual(
    [started, done, late].flatMap(({ kept }) => kept),
  );
});

test("a row that comes during a write is written next, and after a failure in place of the older one", () => {
  const effects = new UnwrittenEffects();
  effects.add(unwritten(effectRow({ effect_id: "a", state: "started" })));
  effects.add(unwritten(effectRow({ effect_id: "b", state: "started" })));
  const taken = effects.take();
  effects.add(unwritten(effectRow({ effect_id: "a", state: "done" })));
  effects.setWritten(taken.filter(({ row }) => row.effect_id === "b"));
  expect(statesIn(effects)).toEqual(["a started", "a done"]);
  effects.putBack();
  expect(statesIn(effects)).toEqual(["a done"]);
  effects.setWritten(effects.take());
  expect(effects.isEmpty).toBe(true);
  expect(effects.bytes).toBe(0);
});

type Step = readonly ["add", string, EffectRow["state"]] | readonly ["take", number, boolean];

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant("add" as const),
      fc.constantFrom("a", "b", "c"),
      fc.constantFrom(...effectStates),
    ),
  },
  // How many of the taken rows are written, and whether rows arrive meanwhile.
  { weight: 1, arbitrary: fc.tuple(fc.constant("take" as const), fc.nat(3), fc.boolean()) },
);

test("whatever happens, the table and the waiting rows together have the furthest state of each effect", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (given) => {
      const effects = new UnwrittenEffects();
      const all: EffectRow[] = [];
      const table: EffectRow[] = [];
      const written = new Set<number>();
      const add = (effect_id: string, state: EffectRow["state"]) => {
        const one = unwritten(effectRow({ effect_id, state }));
        all.push(one.row);
        effects.add(one);
      };
      const write = (some: readonly UnwrittenEffect[]) => {
        table.push(...some.map(({ row }) => row));
        for (const { kept } of some) for (const entry of kept) written.add(entry.seq);
        effects.setWritten(some);
      };
      const stateOf = (rows: readonly EffectRow[]) =>
        furthest(rows).map(({ effect_id, state }) => [effect_id, isEnd(state)]);
      for (const step of given) {
        if (step[0] === "add") add(step[1], step[2]);
        else {
          const taken = effects.take();
          if (step[2]) add("a", "done");
          write(taken.slice(0, step[1]));
          expect(stateOf([...table, ...effects.rows()])).toEqual(stateOf(all));
          effects.putBack();
        }
        expect(stateOf([...table, ...effects.rows()])).toEqual(stateOf(all));
        // An entry of the journal that is not needed is one whose effect is as far in the table.
        const sizes = effects.rows().map(({ value }) => 500 + (value?.length ?? 0));
        expect(effects.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
      }
      write(effects.take());
      expect(written.size).toBe(all.length);
      expect(stateOf(table)).toEqual(stateOf(all));
    }),
  );
});

/** `failed` and `done` are equally far: which of them came first counts, and none of them is lost. */
function isEnd(state: EffectRow["state"]): string {
  return state === "failed" || state === "done" ? "end" : state;
}

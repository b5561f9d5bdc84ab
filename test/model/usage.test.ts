/** The tokens of one agent's row: which calls are in them, and when an hour and a day are over. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bringUpUsage,
  newUsage,
  SPENT_MAX,
  type SpentCall,
  spentCall,
  type Usage,
  withCalls,
} from "../../src/model/usage.ts";
import { useSeed } from "../support/seed.ts";

const HOUR = 3_600_000;
/** Noon of a day in UTC. */
const noon = Date.UTC(2026, 10, 27, 12);

function call(given: Partial<SpentCall> = {}): SpentCall {
  return { model: "big", input_tokens: 10, output_tokens: 1, at: noon, ...given };
}

const window = (start: number, input_tokens: number, output_tokens: number) => ({
  start,
  input_tokens,
  output_tokens,
});

test("a later hour begins at 0 within the same day, and nothing is lost of ever", () => {
  const calls = [call(), call({ at: noon + HOUR - 1 }), call({ at: noon + HOUR })];
  const { spent } = withCalls(newUsage(1), "joke", calls);
  expect(spent).toEqual([
    {
      agent_type: "joke",
      model: "big",
      input_tokens: 30,
      output_tokens: 3,
      hour: window(noon + HOUR, 10, 1),
      day: window(noon - 12 * HOUR, 30, 3),
    },
  ]);
  const [next] = withCalls({ ...newUsage(1), spent }, "joke", [
    call({ at: noon + 12 * HOUR }),
  ]).spent;
  expect(next).toMatchObject({ input_tokens: 40, day: window(noon + 12 * HOUR, 10, 1) });
});

test("a call that ended in an earlier hour counts for its day, and not for the newest hour", () => {
  const calls = [call(), call({ at: noon - 1 })];
  const [spent] = withCalls(newUsage(1), "joke", calls).spent;
  expect(spent).toMatchObject({ input_tokens: 20, hour: window(noon, 10, 1) });
  expect(spent?.day.input_tokens).toBe(20);
});

test("tokens stay with the type that the agent had when it spent them", () => {
  const before = withCalls(newUsage(1), "joke", [call()]);
  const { spent } = withCalls(before, "poet", [call()]);
  expect(spent.map(({ agent_type, input_tokens }) => [agent_type, input_tokens])).toEqual([
    ["joke", 10],
    ["poet", 10],
  ]);
});

test("a thread that invents models does not make its row grow", () => {
  const calls = Array.from({ length: 1_000 }, (_, n) => call({ model: `m${n}` }));
  const { spent } = withCalls(newUsage(1), "joke", calls);
  expect(spent).toHaveLength(SPENT_MAX + 1);
  expect(spent.reduce((sum, one) => sum + one.input_tokens, 0)).toBe(10_000);
  expect(spent.at(-1)?.model).toBeNull();
  const [known] = withCalls({ ...newUsage(1), spent }, "joke", [call({ model: "m0" })]).spent;
  expect(known).toMatchObject({ model: "m0", input_tokens: 20 });
});

test("tokens that no number holds exactly are capped", () => {
  const huge = call({ input_tokens: Number.MAX_SAFE_INTEGER });
  const [spent] = withCalls(newUsage(1), "joke", [huge, huge]).spent;
  expect(spent?.input_tokens).toBe(Number.MAX_SAFE_INTEGER);
});

test("a call without reported tokens has not spent anything that is known", () => {
  expect(spentCall({ model: "m", input_tokens: null, output_tokens: null }, 1)).toBeUndefined();
  expect(spentCall({ model: "m", input_tokens: 5, output_tokens: null }, 1)).toEqual({
    model: "m",
    input_tokens: 5,
    output_tokens: 0,
    at: 1,
  });
  expect(spentCall({ model: "m", input_tokens: null, output_tokens: 4 }, 1)).toEqual({
    model: "m",
    input_tokens: 0,
    output_tokens: 4,
    at: 1,
  });
});

test("a row from before this was kept has all calls that are still there", () => {
  const row = { usage: null, agent_type: "joke", epoch: 3 };
  const calls = [{ ...call(), epoch: 0, effect_id: "b" }];
  expect(bringUpUsage(row, calls).spent).toMatchObject([{ input_tokens: 10 }]);
  expect(bringUpUsage(row, [])).toEqual(newUsage(3));
});

/** Calls in the order in which they are stored: by epoch, and by id within one, whatever the clock did. */
const stored = fc
  .array(fc.record({ epoch: fc.nat(3), id: fc.nat(50), input: fc.nat(1_000), hours: fc.nat(40) }), {
    maxLength: 30,
  })
  .map((all) =>
    [...new Map(all.map((one) => [`${one.epoch} ${one.id}`, one])).values()]
      .sort((one, other) => one.epoch - other.epoch || one.id - other.id)
      .map(({ epoch, id, input, hours }) => ({
        ...call({ input_tokens: input, at: noon + hours * HOUR }),
        epoch,
        effect_id: String(id).padStart(3, "0"),
      })),
  );

test("wherever a process dies, a row that is brought up counts each stored call once", () => {
  fc.assert(
    fc.property(stored, fc.nat(), fc.nat(), (calls, cut, again) => {
      const merged = calls.length === 0 ? 0 : cut % (calls.length + 1);
      const row = (usage: Usage) => ({ usage, agent_type: "joke", epoch: 0 });
      const before = bringUpUsage(row(newUsage(0)), calls.slice(0, merged));
      // The start reads more than the row lacks, and may itself die before the row is merged.
      const first = calls.length === 0 ? 0 : again % (calls.length + 1);
      const whole = bringUpUsage(row(before), calls.slice(Math.min(first, merged)));
      expect(whole).toEqual(bringUpUsage(row(newUsage(0)), calls));
      expect(bringUpUsage(row(whole), calls)).toEqual(whole);
      const sum = calls.reduce((total, one) => total + one.input_tokens, 0);
      expect(whole.spent.reduce((total, one) => total + one.input_tokens, 0)).toBe(sum);
    }),
    { seed: useSeed() },
  );
});

/** An agent's row after steps, and an old row that is brought up from them. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { afterStep, bringUp, openTurn } from "../../src/model/after-step.ts";
import { History } from "../../src/model/history.ts";
import type { WholeStepRow } from "../../src/model/step.ts";
import { agentRow, stepRow } from "../support/sample-rows.ts";

const guidance = (id: string) => ({ action_id: id, guidance: { n: id }, at: 5 });

test("a step changes what it says, and no more", () => {
  const row = agentRow({
    iteration: 4,
    context: '{"a":1}',
    result: "before",
    current_subject: "cats",
    pending_guidance: [guidance("1"), guidance("2")],
    applied_actions: ["2"],
  });
  const quiet = stepRow({ iteration: 5, subject: "cats" });
  expect(afterStep(row, quiet)).toEqual({ ...row, iteration: 5, turn: 6 });
  const loud = stepRow({
    iteration: 6,
    subject: "cats",
    subject_after: '"dogs"',
    context: '{"a":2}',
    result: "after",
    guidance_used: ["1"],
    done: true,
    ended_at: 9,
    next_on: "guidance",
  });
  expect(afterStep(row, loud)).toEqual({
    ...row,
    iteration: 6,
    turn: 7,
    result: "after",
    current_subject: "dogs",
    pending_guidance: [guidance("2")],
    context: '{"a":2}',
    history: new History([{ iteration: 6, subject: "cats", result: "after", at: 9 }]),
    exit_reason: { reason: "finished", rung: "none", took_ms: 0 },
    next_on: "guidance",
  });
});

test("the history has the last twenty results, and nothing of steps without one", () => {
  const steps = Array.from({ length: 42 }, (_, n) =>
    stepRow({ iteration: n + 1, result: n % 2 === 0 ? `${n + 1}` : null }),
  );
  const { history, result } = steps.reduce(afterStep, agentRow());
  expect(history.entries.map((entry) => entry.iteration)).toEqual(
    Array.from({ length: 20 }, (_, n) => 3 + 2 * n),
  );
  expect(result).toBe("41");
});

test("a turn ends with the step that succeeds, whatever failed before it", () => {
  const failed = { status: "error", error: { code: "X", message: "m" } } as const;
  const once = afterStep(agentRow({ iteration: 3, turn: 4 }), stepRow({ iteration: 4, ...failed }));
  expect(once.turn).toBe(4);
  const twice = afterStep(once, stepRow({ iteration: 5, status: "aborted" }));
  expect(twice.turn).toBe(4);
  expect(afterStep(twice, stepRow({ iteration: 6 })).turn).toBe(7);
});

test("a row of an older Troupe has no turn: it begins with the next step", () => {
  const old = agentRow({ iteration: 3, turn: 0 });
  expect(openTurn(old)).toBe(4);
  const failed = stepRow({ iteration: 4, status: "error", error: { code: "X", message: "m" } });
  expect(afterStep(old, failed).turn).toBe(4);
});

test("when the next step is due is what the last step said, and nothing after one that failed", () => {
  const timed = afterStep(agentRow({ next_on: "guidance" }), stepRow({ next_at: 8 }));
  expect(timed).toMatchObject({ next_at: 8, next_on: null });
  const failed = stepRow({ iteration: 2, status: "error", error: { code: "X", message: "m" } });
  expect(afterStep(timed, failed)).toMatchObject({ next_at: null, next_on: null });
});

test("a failed step leaves its error, and a subject that was taken away is null", () => {
  const error = { code: "X", message: "m" };
  const step = stepRow({
    iteration: 1,
    status: "error",
    error,
    subject: "a",
    subject_after: "null",
  });
  expect(afterStep(agentRow(), { ...step, ended_at: 7 })).toMatchObject({
    last_error: { ...error, at: 7 },
    current_subject: null,
    result: null,
  });
});

test("guidance that the row never had counts as applied once a step has used it", () => {
  const row = agentRow({ pending_guidance: [guidance("1")], applied_actions: ["1"] });
  const step = stepRow({ iteration: 1, guidance_used: ["1", "2"] });
  expect(bringUp(row, [step])).toMatchObject({ pending_guidance: [], applied_actions: ["1", "2"] });
});

test("a step that the row has does not change it again", () => {
  const step = stepRow({ iteration: 1, result: "once" });
  const row = afterStep(agentRow(), step);
  expect(bringUp(row, [step])).toBe(row);
});

test("a row that was brought up is the one that the steps led to, from wherever it starts", () => {
  const step = fc.record({
    result: fc.option(fc.string()),
    context: fc.option(fc.jsonValue().map((value) => JSON.stringify(value))),
    subject: fc.option(fc.string()),
    isError: fc.boolean(),
    isFirstOfProcess: fc.boolean(),
    next_at: fc.option(fc.nat()),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), fc.nat(), (given, from, turn) => {
      let start = 1;
      const steps = given.map(({ isError, isFirstOfProcess, ...columns }, n): WholeStepRow => {
        if (isFirstOfProcess) start += 1;
        const error = isError ? { code: "X", message: `${n}` } : null;
        const place = { iteration: n + 1, epoch: start, generation: start };
        return stepRow({ ...columns, ...place, error });
      });
      const after = (some: readonly WholeStepRow[]) => {
        const { epoch = 1, generation = 1 } = some.at(-1) ?? {};
        return { ...some.reduce(afterStep, agentRow()), epoch, generation };
      };
      const stored = after(steps.slice(0, from));
      const cut = steps.length === 0 ? 0 : turn % steps.length;
      const disordered = [...steps.slice(cut), ...steps.slice(0, cut), ...lateSteps(steps)];
      expect(bringUp(stored, disordered)).toEqual({ ...after(steps), epoch: stored.epoch });
    }),
  );
});

/** What each process stored after the next one had begun: it does not count. */
function lateSteps(steps: readonly WholeStepRow[]): readonly WholeStepRow[] {
  return steps.flatMap(({ epoch, iteration }, n) => {
    const before = steps[n - 1]?.epoch ?? epoch;
    return before === epoch ? [] : [stepRow({ epoch: before, iteration, result: "late" })];
  });
}

test("a row that a replaced process merged late gets the steps of its successor", () => {
  const [own, late] = [1, 2].map((epoch) =>
    stepRow({ epoch, iteration: 5, result: `of ${epoch}` }),
  );
  if (own === undefined || late === undefined) throw new Error("two steps are needed");
  const row = afterStep(agentRow({ iteration: 4 }), own);
  const { history, ...after } = bringUp(row, [own, late]);
  expect(after).toMatchObject({ iteration: 5, result: "of 2" });
  expect(history.entries).toMatchObject([{ iteration: 5, result: "of 2" }]);
});

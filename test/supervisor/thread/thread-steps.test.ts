/** The open step of a thread, whatever of words and reports has arrived. */

import { expect, test } from "vitest";
import { ActorControl, MainControl } from "../../../src/boundary/control-block.ts";
import type { StepReport } from "../../../src/boundary/protocol.ts";
import { ThreadSteps } from "../../../src/supervisor/thread/thread-steps.ts";

function make(iteration: number) {
  const main = new MainControl();
  return { actor: new ActorControl(main.buffer), steps: new ThreadSteps(main, iteration) };
}

const ended = (iteration: number) => ({ kind: "step", iteration }) as StepReport;

test("there is none before the first step, and none once its report is read", () => {
  const { actor, steps } = make(3);
  actor.setIteration(3);
  expect(steps.open).toBeUndefined();
  actor.beginStep(4, Date.now());
  expect(steps.open).toMatchObject({ iteration: 4, guidance: [], isOnePiece: false });
  // The thread counts its step before its report arrives.
  actor.setIteration(4);
  expect(steps.open?.iteration).toBe(4);
  steps.take(ended(4));
  expect(steps.open).toBeUndefined();
});

test("a step that has started before the report of the last is read is the open one", () => {
  const { actor, steps } = make(0);
  actor.beginStep(1, Date.now());
  actor.beginStep(2, Date.now());
  steps.take(ended(1));
  expect(steps.open?.iteration).toBe(2);
});

test("it has its own guidance alone: one piece, or all", () => {
  const { actor, steps } = make(0);
  actor.beginStep(1, Date.now());
  steps.take({ kind: "taken", iteration: 1, guidance: ["a", "b"] });
  expect(steps.open?.guidance).toEqual(["a", "b"]);
  actor.setGuidancePiece(2);
  expect(steps.open).toMatchObject({ guidance: ["b"], isOnePiece: true });
  actor.setGuidancePiece(0);
  expect(steps.open).toMatchObject({ guidance: ["a", "b"], isOnePiece: false });
  steps.take(ended(1));
  actor.beginStep(2, Date.now());
  expect(steps.open?.guidance).toEqual([]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import type { LiveFigures } from "../../src/model/agent-view.ts";
import {
  type AgentPicture,
  lastOutcome,
  memoryOf,
  newAgent,
  statusText,
  withFigures,
  withProgress,
  withRow,
  withStep,
  withView,
} from "../../src/picture/agent-picture.ts";
import { agentView, glanceStep, NOW } from "../dashboard/sample-agents.ts";
import { liveFigures } from "../support/sample-rows.ts";

type Changes = Parameters<typeof agentView>[1];

function agent(changes: Changes = {}): AgentPicture {
  return newAgent(agentView("a", changes), NOW);
}

const boom = { code: "AGENT_STEP_FAILED", message: "boom" };
const failedStep = glanceStep("a", 4, { status: "error", code: boom.code, text: boom.message });

test("the last outcome is the error of a failed step until a later one succeeds", () => {
  const failed = withStep(agent({ iteration: 3, result: "woof" }), failedStep);
  expect(lastOutcome(failed)).toBe("AGENT_STEP_FAILED: boom");
  // The row keeps the result of the last step that succeeded.
  const stored = agentView("a", { iteration: 4, result: "woof", last_error: boom });
  const read = withRow(failed, { ...stored, updated_at: NOW + 9_000 });
  expect(read).toMatchObject({ hasFailed: true });
  expect(lastOutcome(withStep(read, glanceStep("a", 5)))).toBe("joke 5");
});

test("an agent in trouble shows its error, one that has recovered its result", () => {
  const trouble = agent({ status: "restarting", last_error: boom, result: "woof" });
  expect(lastOutcome(trouble)).toBe("AGENT_STEP_FAILED: boom");
  expect(lastOutcome(agent({ last_error: boom, result: "woof" }))).toBe("woof");
  expect(lastOutcome(agent())).toBe("");
});

test("a row is older by its epoch first, then by its time", () => {
  const paused = agent({ status: "paused", epoch: 2, updated_at: NOW });
  const status = (changes: Changes) => withRow(paused, agentView("a", changes)).status;
  expect(status({ epoch: 1, updated_at: NOW + 1 })).toBe("paused");
  expect(status({ epoch: 2, updated_at: NOW - 1 })).toBe("paused");
  expect(status({ epoch: 2, updated_at: NOW + 1 })).toBe("running");
  expect(status({ epoch: 3, updated_at: NOW - 1 })).toBe("running");
});

test("a newer row does not take back a step that it does not know yet", () => {
  const stepped = withStep(agent({ iteration: 8 }), glanceStep("a", 9));
  const row = agentView("a", { iteration: 8, status: "pausing", updated_at: NOW + 20_000 });
  expect(withRow(stepped, row)).toMatchObject({ iteration: 9, status: "pausing" });
});

test("each step counts once in the rate, whether a row or a step shows it first", () => {
  const property = fc.property(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (rows) => {
    let picture = agent();
    for (const [at, isRow] of rows.entries()) {
      const step = glanceStep("a", at + 1);
      const row = agentView("a", { iteration: at + 1, updated_at: step.ended_at });
      picture = isRow ? withRow(picture, row) : withStep(picture, step);
      picture = isRow ? withStep(picture, step) : withRow(picture, row);
    }
    expect(picture.rate.perMinute(NOW + 12_000)).toBeCloseTo(60);
  });
  fc.assert(property);
});

test("the rate starts again if it is not known when steps ended", () => {
  const row = agentView("a", { iteration: 500, updated_at: NOW + 60_000 });
  expect(withRow(agent(), row).rate.perMinute(NOW + 66_000)).toBe(0);
});

test("processor time is known from the second reading on, and counts from 0 for a new thread", () => {
  const read = (before: AgentPicture, cpu_ms: number, at: number) =>
    withFigures(before, liveFigures({ cpu_ms }), NOW + at);
  const first = read(agent(), 100, 0);
  expect(first.cpuShare).toBeNull();
  const second = read(first, 600, 2_000);
  expect(second.cpuShare).toBeCloseTo(0.25);
  const restarted = read(second, 200, 4_000);
  expect(restarted.cpuShare).toBeCloseTo(0.1);
  expect(withFigures(restarted, null, NOW + 6_000).cpuShare).toBeNull();
});

test("memory is everything that the thread holds", () => {
  const figures = liveFigures({ heap_bytes: 4, external_bytes: 2, shared_bytes: 1 });
  expect(memoryOf(withFigures(agent(), figures, NOW))).toBe(7);
  expect(memoryOf(agent())).toBeNull();
});

test("an agent whose work is done is finished, one that does not respond is stuck", () => {
  const exit_reason = { reason: "finished", rung: "cooperative", took_ms: 1 } as const;
  expect(statusText(agent({ status: "stopped", exit_reason }))).toBe("finished");
  expect(statusText(agent({ status: "stopped" }))).toBe("stopped");
  const silent = withFigures(agent(), liveFigures({ unresponsive_since: NOW }), NOW);
  expect(statusText(silent)).toBe("stuck");
});

test("an agent that waits for its model is waiting, until its step ends", () => {
  const model_wait = { since: NOW, model: "m", why: "its turn" };
  const figures = liveFigures({ model_wait });
  expect(statusText(withFigures(agent(), figures, NOW + 1_000))).toBe("running");
  const waiting = withFigures(agent(), figures, NOW + 3_000);
  expect(statusText(waiting)).toBe("waiting");
  const step = {
    iteration: waiting.iteration + 1,
    status: "ok",
    subject: null,
    text: "x",
  } as const;
  expect(statusText(withStep(waiting, { ...step, ended_at: NOW + 4_000 }))).toBe("running");
});

test("guidance that was read waits, unless a later step is known", () => {
  const pending_guidance = [{ action_id: "1", guidance: {}, at: NOW }];
  expect(withView(agent(), agentView("a", { pending_guidance }), NOW).pending).toHaveLength(1);
  const stepped = withStep(agent(), glanceStep("a", 1));
  expect(withView(stepped, agentView("a", { pending_guidance }), NOW).pending).toEqual([]);
});

test("progress is shown until the step ends, whichever of event and figures is newer", () => {
  const said = { iteration: 4, text: "page 2", fraction: null, at: NOW + 10 };
  const before = agent({ iteration: 3 });
  const shown = withProgress(before, said);
  expect(shown.progress).toBe(said);
  expect(withProgress(before, { ...said, iteration: 3 })).toBe(before);

  const live = (changes: Partial<LiveFigures>) =>
    withFigures(shown, liveFigures({ step_since: NOW, ...changes }), NOW + 20).progress;
  expect(live({ progress: { ...said, text: "page 1", at: NOW + 5 } })).toBe(said);
  expect(live({ progress: { ...said, text: "page 3", at: NOW + 15 } })).toMatchObject({
    text: "page 3",
  });
  expect(live({})).toBe(said); // read before the step had said it
  expect(live({ step_since: null })).toBeNull();
  expect(withFigures(shown, null, NOW + 20).progress).toBeNull();
  expect(withStep(shown, glanceStep("a", 4)).progress).toBeNull();
});

test("what an agent has spent grows with its steps, and an older reading does not take it back", () => {
  const spent = (input_tokens: number, cost_usd: number | null) => ({
    input_tokens,
    output_tokens: 1,
    cost_usd,
    unpriced_tokens: 0,
  });
  const read = withView(newAgent(agentView("a"), 1), agentView("a", { spent: spent(9, 0.5) }), 1);
  expect(read).toMatchObject({ tokens: 10, costUsd: 0.5, unpriced: 0 });
  const { iteration } = read;
  const step = { iteration: iteration + 1, status: "ok", subject: null, text: "r" } as const;
  const after = withStep(read, { ...step, ended_at: 2, spent: [20, 1, 3] });
  expect(after).toMatchObject({ tokens: 20, costUsd: 1, unpriced: 3 });
  expect(withView(after, agentView("a", { spent: spent(9, 0.5) }), 3).tokens).toBe(20);
  const later = agentView("a", { iteration: iteration + 2, spent: spent(29, null) });
  expect(withView(after, later, 4)).toMatchObject({ tokens: 30, costUsd: null });
});

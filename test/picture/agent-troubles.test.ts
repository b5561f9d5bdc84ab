import { describe, expect, test } from "vitest";
import type { AgentView, LiveFigures } from "../../src/model/agent-view.ts";
import type { ErrorData } from "../../src/model/error-data.ts";
import {
  type AgentPicture,
  newAgent,
  withFigures,
  withStep,
  withView,
} from "../../src/picture/agent-picture.ts";
import {
  GUIDANCE_MS_MAX,
  hasTrouble,
  MODEL_WAIT_MS_MAX,
  RESTARTS_MS,
  SILENT_MS_MIN,
  troublesOf,
} from "../../src/picture/agent-troubles.ts";
import { agentView, glanceStep, NOW } from "../dashboard/sample-agents.ts";
import { liveFigures } from "../support/sample-rows.ts";

/** As a list that was read at `NOW` shows it. */
function agent(changes: Partial<AgentView> = {}): AgentPicture {
  const view = agentView("a", changes);
  return withView(newAgent(view, NOW), view, NOW);
}

function running(live: Partial<LiveFigures>, changes: Partial<AgentView> = {}): AgentPicture {
  return agent({ status: "running", live: liveFigures(live), ...changes });
}

const kinds = (of: AgentPicture, now = NOW) => troublesOf(of, now).map(({ trouble }) => trouble);

test("a healthy agent needs nobody, also between two steps, at rest, or paused by somebody", () => {
  expect(kinds(running({}))).toEqual([]);
  expect(kinds(running({ step_since: NOW - 100 }))).toEqual([]);
  expect(kinds(agent({ status: "running", live: null }))).toEqual([]);
  expect(kinds(agent({ status: "paused", paused: true }))).toEqual([]);
  expect(kinds(agent({ status: "stopped" }))).toEqual([]);
});

describe("an agent that has stopped for good", () => {
  const last_error = { code: "AGENT_STEP_FAILED", message: "no page\nat all", at: NOW - 5_000 };

  test("is in error since its error, with the first line of it", () => {
    expect(troublesOf(agent({ status: "error", last_error }), NOW)).toEqual([
      {
        trouble: "error",
        code: "AGENT_STEP_FAILED",
        message: "no page",
        since: NOW - 5_000,
        last: NOW - 5_000,
      },
    ]);
  });

  test("has the code of the last error that its error sums up", () => {
    const details = { last: "AGENT_OUT_OF_MEMORY", failures: 6 };
    const exhausted = { ...last_error, code: "AGENT_RESTARTS_EXHAUSTED", details };
    const [found] = troublesOf(agent({ status: "error", last_error: exhausted }), NOW);
    expect(found?.code).toBe("AGENT_OUT_OF_MEMORY");
  });

  test("has nothing else: what its last figures say follows from it", () => {
    const live = liveFigures({ unresponsive_since: NOW - 9_000, heap_bytes: 2 ** 28 });
    expect(kinds(agent({ status: "error", last_error, live }))).toEqual(["error"]);
  });

  test("waits for an effect, which is named without ids", () => {
    const details = { effect_id: "e1", key: "mail", iteration: 3 };
    const unknown = { code: "EFFECT_UNKNOWN", message: "e1", at: NOW, details };
    const held = agent({ status: "paused", paused: true, last_error: unknown });
    const message = 'It is unknown whether "mail" took place';
    expect(troublesOf(held, NOW)).toMatchObject([{ trouble: "effect_unknown", message }]);
  });
});

test("an agent does not respond since its event loop stopped, and is not silent as well", () => {
  const since = NOW - 600_000;
  const stuck = running({ unresponsive_since: since, step_since: since });
  expect(troublesOf(stuck, NOW)).toMatchObject([{ trouble: "unresponsive", since }]);
  expect(kinds(withFigures(stuck, liveFigures(), NOW))).toEqual([]);
});

describe("silence", () => {
  test.each<[string, Partial<LiveFigures>, boolean]>([
    ["a step for a minute", { step_since: NOW - SILENT_MS_MIN }, true],
    ["a step for less than that", { step_since: NOW - SILENT_MS_MIN + 1 }, false],
    ["a step that is due for a minute", { due_since: NOW - SILENT_MS_MIN }, true],
    ["a step that is due for less", { due_since: NOW - SILENT_MS_MIN + 1 }, false],
    ["three long intervals", { due_since: NOW - 90_000, interval_ms: 30_000 }, true],
    ["less than three of them", { due_since: NOW - 89_999, interval_ms: 30_000 }, false],
    ["nothing due, however long the interval", { interval_ms: 86_400_000 }, false],
  ])("%s: %j is %s", (_name, live, isSilent) => {
    expect(kinds(running(live))).toEqual(isSilent ? ["silent"] : []);
  });

  test("is broken by what the step says about how far it is", () => {
    const progress = { text: "page 3", fraction: null, at: NOW - 1_000, iteration: 1 };
    const step_since = NOW - 600_000;
    expect(kinds(running({ step_since, progress }))).toEqual([]);
    const old = { ...progress, at: NOW - SILENT_MS_MIN };
    expect(troublesOf(running({ step_since, progress: old }), NOW)).toMatchObject([
      { trouble: "silent", since: old.at },
    ]);
  });

  test("is not that of an agent which is paused or starts", () => {
    const live = { due_since: NOW - 600_000 };
    expect(kinds(running(live, { status: "paused" }))).toEqual([]);
    expect(kinds(running(live, { status: "starting" }))).toEqual([]);
  });

  test("is not noticed while no step can be stored, because all agents wait for that", () => {
    const silent = running({ due_since: NOW - SILENT_MS_MIN, guidance_since: NOW - 60_000 });
    expect(troublesOf(silent, NOW, false)).toEqual([]);
  });

  test("counts to when the figures were read: old ones say nothing about now", () => {
    const recent = running({ step_since: NOW - 1_000 });
    expect(kinds(recent, NOW + 600_000)).toEqual([]);
  });
});

describe("guidance", () => {
  test.each([
    [GUIDANCE_MS_MAX, ["guidance"]],
    [GUIDANCE_MS_MAX - 1, []],
  ])("that has waited for %i ms", (ms, expected) => {
    expect(kinds(running({ guidance_since: NOW - ms }))).toEqual(expected);
  });

  test("of a paused agent waits for its resume, and that of a waiting call for its model", () => {
    const guidance_since = NOW - 600_000;
    expect(kinds(running({ guidance_since }, { status: "paused" }))).toEqual([]);
    const model_wait = { since: NOW - 1_000, model: "m", why: "its turn" };
    expect(kinds(running({ guidance_since, model_wait }))).toEqual([]);
  });
});

describe("model calls", () => {
  test.each([
    [MODEL_WAIT_MS_MAX, ["model_waiting"]],
    [MODEL_WAIT_MS_MAX - 1, []],
  ])("that have waited for %i ms", (ms, expected) => {
    const model_wait = { since: NOW - ms, model: "gpt", why: "the provider's limit" };
    const step_since = NOW - 600_000;
    expect(kinds(running({ model_wait, step_since }))).toEqual(expected);
  });

  const failed = (details: Readonly<Record<string, unknown>>, code = "LLM_REFUSED"): ErrorData => ({
    code,
    message: "401",
    at: NOW - 10,
    details,
  });

  test.each<[string, ErrorData, boolean]>([
    ["of the last step", failed({ iteration: 7 }), true],
    ["of a step before that", failed({ iteration: 6 }), false],
    ["of which the step is not known", failed({}), false],
    ["that are not of a model", failed({ iteration: 7 }, "AGENT_STEP_FAILED"), false],
  ])("failures %s", (_name, last_error, isFailing) => {
    const found = kinds(running({}, { iteration: 7, last_error }));
    expect(found).toEqual(isFailing ? ["model_failing"] : []);
  });

  test("that cannot be stored are a trouble of their own", () => {
    const last_error = failed({ iteration: 7 }, "AGENT_REPORT_INVALID");
    expect(kinds(running({}, { iteration: 7, last_error }))).toEqual(["unstorable"]);
    expect(kinds(running({}, { iteration: 8, last_error }))).toEqual([]);
  });

  test("fail from the step on that says so, until one succeeds", () => {
    const known = running({}, { iteration: 7 });
    const error = { code: "LLM_REFUSED", text: "401", status: "error" } as const;
    const failing = withStep(known, glanceStep("a", 8, error));
    expect(kinds(failing)).toEqual(["model_failing"]);
    expect(kinds(withStep(failing, glanceStep("a", 9)))).toEqual([]);
  });
});

describe("restarts", () => {
  const restarted = (count: number, at: number): Partial<AgentView> => ({
    status: "restarting",
    last_error: {
      code: "AGENT_EXITED",
      message: "m",
      at,
      details: { restarts_recent: count, restarts_since: NOW - 70_000, restarts_at: at },
    },
  });

  test.each<[number, number, boolean]>([
    [3, 0, true],
    [2, 0, false],
    [3, RESTARTS_MS - 1, true],
    [3, RESTARTS_MS, false],
  ])("%i of them, the last %i ms ago", (count, ms, isLoop) => {
    const found = troublesOf(agent(restarted(count, NOW - ms)), NOW);
    const loop = { trouble: "restarting", since: NOW - 70_000, last: NOW - ms };
    expect(found).toMatchObject(isLoop ? [loop] : []);
  });

  test("stay a loop while the next step fails, before the restart that follows", () => {
    const before = agent({ ...restarted(3, NOW - 9_000), status: "running" });
    const error = { code: "AGENT_STEP_FAILED", text: "again", status: "error" } as const;
    const after = withStep(before, glanceStep("a", before.iteration + 1, error));
    expect(troublesOf(after, NOW)).toMatchObject([
      { trouble: "restarting", code: "AGENT_STEP_FAILED", message: "again", last: NOW - 9_000 },
    ]);
  });

  test("are no loop once somebody has paused the agent", () => {
    expect(kinds(agent({ ...restarted(9, NOW), status: "paused" }))).toEqual([]);
  });
});

describe("memory", () => {
  const budget = 1_000;
  const using = (bytes: number) =>
    liveFigures({ heap_bytes: bytes - 200, shared_bytes: 200, memory_max_bytes: budget });

  test("above four fifths of the budget is trouble since it was first seen", () => {
    const before = agent({ status: "running", live: using(800) });
    expect(kinds(before)).toEqual([]);
    const above = withFigures(before, using(801), NOW + 1_000);
    const later = withFigures(above, using(999), NOW + 6_000);
    expect(troublesOf(later, NOW + 9_000)).toEqual([
      {
        trouble: "memory",
        code: "joke",
        message: "Budget of 1000 B",
        since: NOW + 1_000,
        last: NOW + 6_000,
      },
    ]);
    expect(kinds(withFigures(later, using(800), NOW + 11_000))).toEqual([]);
  });

  test("of an agent that nothing watches yet, or that has no thread, is not known", () => {
    const live = liveFigures({ heap_bytes: 2 ** 40, memory_max_bytes: null });
    expect(kinds(agent({ status: "running", live }))).toEqual([]);
    expect(hasTrouble(agent({ status: "running", live: null }), "memory", NOW)).toBe(false);
  });

  test("is a trouble of its own, next to one that stops the agent", () => {
    const live = { ...using(900), unresponsive_since: NOW };
    expect(kinds(agent({ status: "running", live }))).toEqual(["unresponsive", "memory"]);
  });
});

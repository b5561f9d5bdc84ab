import { describe, expect, test } from "vitest";
import { Activity } from "../../src/dashboard/state/activity.ts";
import { summarizeAgent } from "../../src/model/event.ts";
import type { AgentId } from "../../src/model/ids.ts";
import { actionView, agentView, event, glanceStep, NOW } from "./sample-agents.ts";

describe("activity", () => {
  test("shows the newest first, and what each was about", () => {
    const activity = new Activity();
    activity.addSteps([glanceStep("a", 1, { ended_at: NOW })]);
    const error = { code: "AGENT_EXITED", message: "gone", at: NOW };
    const row = summarizeAgent(agentView("a", { status: "error", last_error: error }));
    activity.add(event("agent.status", "a", row), "1");
    const lines = activity.latest(["step", "change", "trouble"], 10);
    expect(lines.map(({ title, text }) => `${title}: ${text}`)).toEqual([
      "error: AGENT_EXITED: gone",
      "step 1: joke 1",
    ]);
  });

  test("keeps trouble, however many steps follow it", () => {
    const activity = new Activity();
    const data = { id: "1", action: "agent_pause", error: null, waited_ms: 0, took_ms: 0 };
    activity.add(event("action.processed", "a", { ...data, outcome: "dead" }), "1");
    for (let n = 1; n <= 5_000; n += 1) activity.addSteps([glanceStep("a", n)]);
    expect(activity.latest(["trouble"], 10)).toHaveLength(1);
    expect(activity.latest(["step"], 10_000).length).toBeLessThanOrEqual(300);
  });

  test("has no line for figures and for things that only start", () => {
    const activity = new Activity();
    const queued = { id: "1", action: "agent_pause", actor: "user", urgency: 0 };
    expect(activity.add(event("action.queued", "a", queued), "1")).toBe(false);
  });

  test("starts with what was read, and shows none of it twice", () => {
    const activity = new Activity();
    const stepped = { iteration: 1, result: "joke 1", updated_at: NOW };
    const done = { action: "agent_pause", outcome: "done", processed_at: NOW + 5 } as const;
    const read = [actionView("7", done), actionView("8")];
    activity.read(read, [agentView("a", stepped)]);
    activity.read(read, [agentView("a", stepped)]);
    const data = { id: "7", action: "agent_pause", error: null, waited_ms: 0, took_ms: 0 };
    expect(activity.add(event("action.processed", "a", { ...data, outcome: "done" }), "1")).toBe(
      false,
    );
    activity.addSteps([glanceStep("a", 1)]);
    expect(activity.latest(["step", "change"], 10).map(({ title }) => title)).toEqual([
      "paused by user",
      "step 1",
    ]);
  });

  test("shows one act in one line, with its actor", () => {
    const activity = new Activity();
    const action = { id: "1", action: "agent_pause", actor: "ana", urgency: 0 };
    activity.add(event("action.queued", "a", action), "1");
    for (const status of ["pausing", "paused"] as const) {
      activity.add(event("agent.status", "a", summarizeAgent(agentView("a", { status }))), "1");
    }
    activity.add(
      event("agent.status", "b", summarizeAgent(agentView("b", { status: "paused" }))),
      "1",
    );
    const end = { outcome: "done", error: null, waited_ms: 0, took_ms: 0 } as const;
    activity.add(event("action.processed", "a", { ...action, ...end }), "1");
    const lines = activity.latest(["change"], 10).map(({ agentId, title }) => [agentId, title]);
    expect(lines).toEqual([
      ["a", "paused by ana"],
      ["b", "paused"],
    ]);
    const start = { id: "2", action: "create_agent", ...end };
    activity.add(event("action.processed", "c", start), "1");
    activity.add(event("agent.status", "c", summarizeAgent(agentView("c"))), "1");
    expect(activity.latest(["change"], 1)).toMatchObject([{ title: "created" }]);
  });

  test("counts repeated acts of an agent, and shows them at the place of the last", () => {
    const activity = new Activity();
    const last_error = { code: "AGENT_STEP_FAILED", message: "no", at: NOW };
    const crash = summarizeAgent(agentView("a", { status: "restarting", last_error }));
    for (let n = 0; n < 6; n += 1) {
      activity.add(event("agent.status", "a", crash), "1");
      activity.add(event("agent.status", "a", summarizeAgent(agentView("a"))), "1");
    }
    activity.add(event("agent.status", "b", { ...crash, agent_id: "b" as AgentId }), "1");
    const lines = activity.latest(["change", "trouble"], 10);
    expect(lines.map(({ agentId, title, count }) => [agentId, title, count])).toEqual([
      ["b", "restarting", 1],
      ["a", "running", 6],
      ["a", "restarting", 6],
    ]);
  });

  test("shows good ends quietly, and an agent that paused itself as trouble", () => {
    const activity = new Activity();
    const exit_reason = { reason: "finished", rung: "none", took_ms: 1 } as const;
    const finished = summarizeAgent(agentView("a", { status: "stopped", exit_reason }));
    activity.add(event("agent.status", "a", finished), "1");
    const last_error = { code: "AGENT_PAUSED_BY_FAILURES", message: "five failed", at: NOW };
    const paused = summarizeAgent(agentView("b", { status: "paused", last_error }));
    activity.add(event("agent.status", "b", paused), "1");
    const error = { code: "AGENT_STOPPED", message: "stopped in 3 ms" };
    const done = { id: "9", action: "agent_destroy", outcome: "done" as const, error };
    activity.add(event("action.processed", "a", { ...done, waited_ms: 0, took_ms: 0 }), "1");
    const lines = activity.latest(["change", "trouble"], 10).toReversed();
    expect(lines.map(({ kind, tone, title }) => [kind, tone, title])).toEqual([
      ["change", "idle", "finished"],
      ["trouble", "bad", "paused"],
      ["change", "good", "destroyed"],
    ]);
  });
});

import { expect, test } from "vitest";
import { Board, memoryOf } from "../../../src/cli/top/board.ts";
import { summarizeAgent, type TroupeEvent } from "../../../src/model/event.ts";
import type { AgentId } from "../../../src/model/ids.ts";
import { agentRow, stepRow } from "../sample-rows.ts";
import { agentView, liveFigures } from "./agent-views.ts";

const now = 1_700_000_000_000;

function event(type: string, agentId: string, data: unknown): TroupeEvent {
  return { seq: 1, type, time: now, agent_id: agentId as AgentId, data } as TroupeEvent;
}

test("a step shows in its agent, and a failed one by its error", () => {
  const board = new Board();
  board.read([agentView("a", { updated_at: now })], now);
  const ok = stepRow("a", { iteration: 4, subject: "dogs", result: "woof", ended_at: now + 1 });
  expect(board.hear(event("agent.step", "a", ok), now)).toBe(true);
  expect(board.find("a")).toMatchObject({ iteration: 4, subject: "dogs", lastResult: "woof" });
  const error = { code: "LLM_TIMEOUT", message: "too late" };
  const failed = stepRow("a", { iteration: 5, status: "error", error, ended_at: now + 2 });
  board.hear(event("agent.step", "a", failed), now);
  expect(board.find("a")).toMatchObject({ hasFailed: true, lastResult: "LLM_TIMEOUT: too late" });
});

test("a row that was read before an event does not undo it", () => {
  const board = new Board();
  board.read([agentView("a", { updated_at: now })], now);
  board.hear(event("agent.step", "a", stepRow("a", { iteration: 9, ended_at: now + 500 })), now);
  board.read([agentView("a", { iteration: 8, updated_at: now + 400 })], now + 600);
  expect(board.find("a")).toMatchObject({ iteration: 9 });
});

test("the error of the last step stays while the row tells of the one before", () => {
  const board = new Board();
  board.read([agentView("a", { updated_at: now })], now);
  const error = { code: "AGENT_STEP_FAILED", message: "boom" };
  const failed = stepRow("a", { iteration: 4, status: "error", error, ended_at: now + 5 });
  board.hear(event("agent.step", "a", failed), now);
  board.read([agentView("a", { iteration: 4, updated_at: now + 9 })], now + 10);
  expect(board.find("a")).toMatchObject({ hasFailed: true });
  board.read([agentView("a", { iteration: 5, result: "fine", updated_at: now + 20 })], now + 30);
  expect(board.find("a")).toMatchObject({ hasFailed: false, lastResult: "fine" });
});

test("a change of status shows, also of an agent that is new", () => {
  const board = new Board();
  const row = summarizeAgent(agentRow("new", { status: "error", last_error: null }));
  expect(board.hear(event("agent.status", "new", row), now)).toBe(true);
  expect(board.find("new")).toMatchObject({ status: "error" });
  expect(board.hear(event("agent.guidance", "new", {}), now)).toBe(false);
});

test("processor time is told from two readings, and from 0 for a new thread", () => {
  const board = new Board();
  const at = (cpuMs: number, generation = 1) =>
    agentView("a", { generation, live: liveFigures({ cpu_ms: cpuMs }) });
  board.read([at(100)], now);
  expect(board.find("a")?.cpuPercent).toBeUndefined();
  board.read([at(600)], now + 2_000);
  expect(board.find("a")?.cpuPercent).toBeCloseTo(25);
  board.read([at(200, 2)], now + 4_000);
  expect(board.find("a")?.cpuPercent).toBeCloseTo(10);
  board.read([agentView("a")], now + 6_000);
  expect(board.find("a")?.cpuPercent).toBeUndefined();
});

test("memory is all that the thread holds", () => {
  const board = new Board();
  board.read([agentView("a", { live: liveFigures() }), agentView("b")], now);
  const [a, b] = [...board.all].map(memoryOf);
  expect([a, b]).toEqual([5 * 1024 ** 2, undefined]);
});

test("a rate is told once some seconds were seen", () => {
  const board = new Board();
  board.read([agentView("a")], now);
  expect(board.find("a")?.rate.perMinute(now)).toBeUndefined();
  expect(board.find("a")?.rate.perMinute(now + 5_000)).toBe(0);
});

test("an agent that is not listed any more is forgotten, unless it is new", () => {
  const board = new Board();
  const fresh = summarizeAgent(agentRow("fresh", { updated_at: now + 59_000 }));
  board.read([agentView("old", { updated_at: now }), agentView("b", { updated_at: now })], now);
  board.hear(event("agent.status", "fresh", fresh), now);
  board.read([agentView("b", { updated_at: now })], now + 60_000);
  expect([...board.all].map(({ id }) => id)).toEqual(["b", "fresh"]);
});

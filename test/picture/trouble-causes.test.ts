import { expect, test } from "vitest";
import type { ErrorData } from "../../src/model/error-data.ts";
import { newAgent } from "../../src/picture/agent-picture.ts";
import { causesOf, foldedMessage, hasCause } from "../../src/picture/trouble-causes.ts";
import { causeText, troubleTitle } from "../../src/picture/trouble-text.ts";
import { agentView, NOW } from "../dashboard/sample-agents.ts";

function inError(id: string, message: string, at: number, code = "AGENT_STEP_FAILED") {
  const last_error: ErrorData = { code, message, at };
  return newAgent(agentView(id, { status: "error", last_error }), NOW);
}

function paused(id: string, last: string, at: number) {
  const details = { last, failures: 5, iteration: 5 };
  const message = `${id} paused itself after 5 failing steps in a row`;
  const last_error = { code: "AGENT_PAUSED_BY_FAILURES", message, details, at };
  return newAgent(agentView(id, { status: "paused", iteration: 5, last_error }), NOW);
}

const healthy = { is_healthy: true, failing_since: null, error: null };

test("equal troubles fold, whatever ids and numbers their messages have", () => {
  const agents = [
    inError("hog-1", "hog-1 uses 300 MiB of memory; its budget is 256 MiB", NOW - 9_000),
    inError("hog-12", "hog-12 uses 2,950.5 MiB of memory; its budget is 256 MiB", NOW - 1_000),
    inError("hog-2", "hog-2 uses 301 MiB of memory; its budget is 256 MiB", NOW - 5_000),
    inError("web-1", "no page", NOW - 2_000),
    newAgent(agentView("fine"), NOW),
  ];
  const causes = causesOf(agents, healthy, NOW);
  expect(causes).toMatchObject([
    {
      trouble: "error",
      message: "hog-12 uses 2,950.5 MiB of memory; its budget is 256 MiB",
      firstSeen: NOW - 9_000,
      lastSeen: NOW - 1_000,
    },
    { message: "no page", firstSeen: NOW - 2_000, lastSeen: NOW - 2_000 },
  ]);
  expect(causes.map(({ agents: all }) => all.map(({ id }) => id))).toEqual([
    ["hog-12", "hog-2", "hog-1"],
    ["web-1"],
  ]);
  expect(causes.map(troubleTitle)).toEqual(["3 agents in error", "1 agent in error"]);
});

test("a cause keeps its id while agents join and leave, and selects them by it", () => {
  const [first, second] = [inError("a1", "no page 1", NOW), inError("a2", "no page 2", NOW)];
  const [one] = causesOf([first], undefined, NOW);
  const [both] = causesOf([second, first], undefined, NOW);
  expect(both?.id).toBe(one?.id);
  expect(one?.id).toMatch(/^[\da-f]{8}$/);
  expect(hasCause(second, one?.id ?? "", NOW)).toBe(true);
  expect(hasCause(inError("a3", "another", NOW), one?.id ?? "", NOW)).toBe(false);
});

test("causes are listed by urgency, then by the number of agents", () => {
  const agents = [
    paused("a", "LLM_TIMEOUT", NOW),
    paused("b", "LLM_UNAVAILABLE", NOW),
    paused("c", "LLM_UNAVAILABLE", NOW),
    inError("d", "m", NOW),
  ];
  const error = { code: "STORE_UNAVAILABLE", message: "the folder is gone\nat x" };
  const store = { is_healthy: false, failing_since: NOW - 3_000, error };
  const found = causesOf(agents, store, NOW);
  expect(found.map(({ trouble, code, agents: { length } }) => [trouble, code, length])).toEqual([
    ["store", "STORE_UNAVAILABLE", 0],
    ["error", "AGENT_STEP_FAILED", 1],
    ["self_paused", "LLM_UNAVAILABLE", 2],
    ["self_paused", "LLM_TIMEOUT", 1],
  ]);
  expect(found[0]).toMatchObject({ message: "the folder is gone", firstSeen: NOW - 3_000 });
  expect(found.slice(0, 3).map(troubleTitle)).toEqual([
    "The database refuses writes",
    "1 agent in error",
    "2 agents paused by failing steps",
  ]);
  expect(found.map(causeText).slice(0, 2)).toEqual([
    "STORE_UNAVAILABLE: the folder is gone",
    "AGENT_STEP_FAILED: m",
  ]);
});

test.each([
  ["a1 failed 6 times within 60 s", "<agent> failed # times within # s"],
  ['"a1": no', '"<agent>": no'],
  ["a12, xa1 and a1-b failed", "a#, xa# and a#-b failed"],
  ["effect 0199c0de-aaaa-7bbb-8ccc-0123456789ab is unknown", "effect # is unknown"],
  ["commit 8a7d98b31f is gone, decade and facade stay", "commit # is gone, decade and facade stay"],
  ["1,234.5 of 2 MiB", "# of # MiB"],
  ["a1a1 failed, a1", "a#a# failed, <agent>"],
])("%s is folded into %s", (message, folded) => {
  expect(foldedMessage(message, "a1")).toBe(folded);
});

test("of a long message the start counts, whatever the length of the id in it", () => {
  expect(foldedMessage("a ".repeat(1_000_000), "a")).toHaveLength(500);
  const long = (id: string) => foldedMessage(`${id} failed ${"x".repeat(2_000)}`, id);
  expect(long("a")).toHaveLength(500);
  expect(long("a")).toBe(long("a-longer-id"));
});

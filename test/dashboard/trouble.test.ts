import { expect, test } from "vitest";
import { readEntry, withView } from "../../src/dashboard/state/agent-entry.ts";
import { groupTroubles, troubleOfEntry } from "../../src/dashboard/state/trouble.ts";
import { agentView, liveFigures, NOW } from "./sample-agents.ts";

type Changes = Parameters<typeof agentView>[1];

function entry(id: string, changes: Changes) {
  return readEntry(agentView(id, changes), NOW);
}

/** Paused by itself after step 5, as its row says. */
function failing(code: string, changes: Changes = {}): NonNullable<Changes> {
  const details = { last: code, failures: 5, iteration: 5 };
  const last_error = { code: "AGENT_PAUSED_BY_FAILURES", message: "5 failed", details, at: NOW };
  return { status: "paused", paused: true, iteration: 5, last_error, ...changes };
}

test("an agent that paused itself is in trouble, one that somebody paused is not", () => {
  const cases: readonly [Changes, string | null][] = [
    [failing("LLM_TIMEOUT"), "self_paused"],
    [failing("LLM_TIMEOUT", { status: "running" }), null],
    // Resumed, and paused by somebody later.
    [failing("LLM_TIMEOUT", { iteration: 8 }), null],
    [{ status: "paused" }, null],
    [{ status: "paused", last_error: { code: "SAFE_MODE", message: "m" } }, "safe_mode"],
    [{ status: "error", last_error: { code: "X", message: "m" } }, "error"],
    [{ status: "stopped", last_error: { code: "X", message: "m" } }, null],
    [{ live: liveFigures({ unresponsive_since: NOW }) }, "unresponsive"],
  ];
  for (const [changes, trouble] of cases) expect(troubleOfEntry(entry("a", changes))).toBe(trouble);
});

test("troubles are counted by kind and cause, errors first", () => {
  const entries = [
    entry("a", failing("LLM_TIMEOUT")),
    entry("b", failing("LLM_UNAVAILABLE")),
    entry("c", failing("LLM_UNAVAILABLE")),
    entry("d", { status: "error", last_error: { code: "AGENT_EXITED", message: "m" } }),
    entry("e", {}),
  ];
  expect(groupTroubles(entries).map(({ trouble, cause, ids }) => [trouble, cause, ids])).toEqual([
    ["error", "AGENT_EXITED", ["d"]],
    ["self_paused", "LLM_UNAVAILABLE", ["b", "c"]],
    ["self_paused", "LLM_TIMEOUT", ["a"]],
  ]);
});

test("an agent that answers again is in no trouble", () => {
  const silent = agentView("a", { live: liveFigures({ unresponsive_since: NOW }) });
  const again = withView(readEntry(silent, NOW), agentView("a", { live: liveFigures() }), NOW);
  expect(troubleOfEntry(again)).toBeNull();
});

import { expect, test } from "vitest";
import { troubleCode, troubleOf } from "../../src/picture/trouble.ts";
import { agentView, NOW } from "../dashboard/sample-agents.ts";

type Changes = Parameters<typeof agentView>[1];

/** Paused by itself after step 5, as its row says. */
function failing(changes: Changes = {}): NonNullable<Changes> {
  const details = { last: "LLM_TIMEOUT", failures: 5, iteration: 5 };
  const last_error = { code: "AGENT_PAUSED_BY_FAILURES", message: "5 failed", details, at: NOW };
  return { status: "paused", paused: true, iteration: 5, last_error, ...changes };
}

const x = { code: "X", message: "m" };

test.each<[Changes, ReturnType<typeof troubleOf>, string | undefined]>([
  [failing(), "self_paused", "AGENT_PAUSED_BY_FAILURES"],
  [failing({ status: "running" }), null, undefined],
  // Resumed, and paused by somebody later.
  [failing({ iteration: 8 }), null, undefined],
  [{ status: "paused" }, null, undefined],
  [
    { status: "pausing", last_error: { code: "SAFE_MODE", message: "m" } },
    "safe_mode",
    "SAFE_MODE",
  ],
  [
    {
      status: "paused",
      iteration: 8,
      last_error: { code: "SAFE_MODE", message: "m", details: { iteration: 5 } },
    },
    null,
    undefined,
  ],
  [
    { status: "paused", last_error: { code: "EFFECT_UNKNOWN", message: "m" } },
    "effect_unknown",
    "EFFECT_UNKNOWN",
  ],
  [{ status: "running", last_error: { code: "EFFECT_UNKNOWN", message: "m" } }, null, undefined],
  [{ status: "error", last_error: x }, "error", "X"],
  [{ status: "restarting", last_error: x }, null, "X"],
  [{ status: "stopped", last_error: x }, null, undefined],
])("%j is in trouble %s, with code %s", (changes, trouble, code) => {
  const row = agentView("a", changes);
  expect(troubleOf(row, null)).toBe(trouble);
  expect(troubleCode(row, null)).toBe(code);
});

test("an agent that does not respond is in trouble, unless something worse is wrong", () => {
  expect(troubleOf(agentView("a"), NOW)).toBe("unresponsive");
  expect(troubleCode(agentView("a"), NOW)).toBe("unresponsive");
  expect(troubleOf(agentView("a", { status: "error" }), NOW)).toBe("error");
});

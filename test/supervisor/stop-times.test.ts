/** How long threads may take to end. */

import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { type AgentTypeSettings, defaultTypeSettings } from "../../src/model/type-settings.ts";
import { newAgentRow } from "../../src/supervisor/new-agent-row.ts";
import { afterRunningStep, graceMsOf } from "../../src/supervisor/stop-times.ts";

const seed = { agentType: "ledger", subject: null, config: {} };
const row = newAgentRow(parseAgentId("agent1"), seed, 1);

function settings(given: Partial<AgentTypeSettings>) {
  const ledger = { ...defaultTypeSettings("ledger"), ...given };
  const typeSettings = new Map([["ledger", ledger]]);
  return {
    typeSettings,
    destroyTimeoutMs: 5_000,
    agentMemoryMb: 256,
    idleMs: 0,
    keepsPrompts: false,
  };
}

test("the grace is that of the type, or that of the process", () => {
  expect(graceMsOf(row, settings({}))).toBe(5_000);
  expect(graceMsOf(row, settings({ destroy_timeout_ms: 0 }))).toBe(0);
});

test("a running step may take its own time, or that of a model call, and then has the grace", () => {
  expect(afterRunningStep(row, settings({}))).toEqual({ abortAfterMs: 120_000, graceMs: 125_000 });
  const own = settings({ step_timeout_ms: 10, destroy_timeout_ms: 20 });
  expect(afterRunningStep(row, own)).toEqual({ abortAfterMs: 10, graceMs: 30 });
});

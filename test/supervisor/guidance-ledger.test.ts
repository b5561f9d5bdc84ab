import { expect, test } from "vitest";
import { EventBus } from "../../src/event-bus.ts";
import type { Guidance } from "../../src/model/agent.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { GuidanceLedger } from "../../src/supervisor/guidance-ledger.ts";
import { agentRow } from "../support/sample-rows.ts";

function guidance(action_id: string): Guidance {
  return { action_id, guidance: {}, at: 1 };
}

function open() {
  const announced: string[] = [];
  const events = new EventBus();
  events.subscribe(({ type, data }) => {
    if (type === "agent.guidance") announced.push(data.action_id);
  });
  const ledger = new GuidanceLedger(parseAgentId("agent1"), events);
  return { ledger, announced };
}

test("guidance is announced once: with its action, its step or its row, whichever is first", async () => {
  const { ledger, announced } = open();
  const merged = ledger.add(guidance("a"), 3);
  void ledger.add(guidance("b"), 3);
  expect(ledger.announce("a")).toMatchObject({ guidance: guidance("a"), iteration: 3 });
  expect(ledger.announce("a")).toBeUndefined();
  expect(announced).toEqual(["a"]);
  ledger.settle(agentRow({ iteration: 3, pending_guidance: [guidance("a")] }));
  await merged;
  expect(announced).toEqual(["a"]);
  ledger.settle(agentRow({ iteration: 4 }));
  expect(announced).toEqual(["a", "b"]);
  expect(ledger.announce("b")).toBeUndefined();
});

test("guidance that left the row before it was merged is awaited and announced no longer", async () => {
  const { ledger, announced } = open();
  const merged = ledger.add(guidance("a"), 3);
  ledger.drop("a");
  ledger.drop("unknown");
  await merged;
  expect(ledger.announce("a")).toBeUndefined();
  ledger.settle(agentRow({ iteration: 4 }));
  expect(announced).toEqual([]);
});

test("a row settles the guidance that it has, and none that it is too old to have", async () => {
  const { ledger, announced } = open();
  const merged = ledger.add(guidance("a"), 3);
  void ledger.add(guidance("b"), 3);
  ledger.settle(agentRow({ iteration: 3, pending_guidance: [guidance("a")] }));
  await merged;
  expect(announced).toEqual(["a"]);
  expect(ledger.missingIn(agentRow({ iteration: 3 }))).toEqual([guidance("b")]);
});

test("a row that is older than the guidance settles nothing", () => {
  const { ledger, announced } = open();
  void ledger.add(guidance("a"), 3);
  for (const iteration of [2, 3]) ledger.settle(agentRow({ iteration }));
  expect(announced).toEqual([]);
  expect(ledger.missingIn(agentRow({ iteration: 3 }))).toEqual([guidance("a")]);
  expect(ledger.missingIn(agentRow({ iteration: 4 }))).toEqual([]);
});

import { describe, expect, test } from "vitest";
import { History } from "../../src/model/history.ts";
import { inDueOrder, nextStepAt } from "../../src/supervisor/due-order.ts";
import { agentRow } from "../support/sample-rows.ts";

const history = new History(
  [1_000, 3_000, 5_000].map((at, n) => ({ iteration: n + 1, subject: null, result: "", at })),
);
const NOW = 100_000;
const guidance = { action_id: "1", guidance: {}, at: 3_000 };

describe("the next step of an agent is due", () => {
  test("an interval after its last one", () => {
    expect(nextStepAt(agentRow({ history }), 60_000, NOW)).toBe(65_000);
  });

  test("at its start if it has taken none", () => {
    expect(nextStepAt(agentRow({ started_at: 700 }), 60_000, NOW)).toBe(700);
  });

  test("when guidance came, if that waits", () => {
    expect(nextStepAt(agentRow({ history, pending_guidance: [guidance] }), 60_000, NOW)).toBe(
      3_000,
    );
    expect(nextStepAt(agentRow({ pending_guidance: [guidance] }), 60_000, NOW)).toBe(1_000);
  });

  test("when its last step said, whatever its interval is", () => {
    expect(nextStepAt(agentRow({ history, next_at: 7_000 }), 60_000, NOW)).toBe(7_000);
    const guided = agentRow({ history, next_on: "guidance" });
    expect(nextStepAt(guided, 60_000, NOW)).toBe(Number.POSITIVE_INFINITY);
    expect(nextStepAt({ ...guided, pending_guidance: [guidance] }, 60_000, NOW)).toBe(3_000);
  });

  test("not later than an interval from now, however far the clock was set back", () => {
    expect(nextStepAt(agentRow({ history }), 60_000, 2_000)).toBe(62_000);
    expect(nextStepAt(agentRow({ started_at: 700 }), 60_000, 100)).toBe(100);
    const waiting = agentRow({ history, next_on: "guidance", pending_guidance: [guidance] });
    expect(nextStepAt(waiting, 60_000, 2_000)).toBe(2_000);
    expect(nextStepAt(agentRow({ history, next_at: 7_000 }), 60_000, 2_000)).toBe(7_000);
  });

  test("never while it is paused", () => {
    const row = agentRow({ history, paused: true, pending_guidance: [guidance] });
    expect(nextStepAt(row, 60_000, NOW)).toBe(Number.POSITIVE_INFINITY);
  });
});

test("agents are in the order in which they are due, those with the same time as they were", () => {
  const never = Number.POSITIVE_INFINITY;
  const due = { a: never, b: 5, c: never, d: -1, e: 5 };
  const order = inDueOrder(Object.entries(due), ([, at]) => at);
  expect(order.map(([name]) => name).join("")).toBe("dbeac");
});

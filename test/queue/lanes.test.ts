import { describe, expect, test } from "vitest";
import { Lanes } from "../../src/queue/lanes.ts";
import { pendingAction } from "../support/sample-rows.ts";

function row(id: string, agent_id: string, urgency = 0) {
  return { row: pendingAction({ id, agent_id, urgency }), lane: agent_id };
}

describe("lanes", () => {
  test("let out one action of an agent at a time", () => {
    const lanes = new Lanes();
    const [first, second] = [row("1", "x"), row("2", "x")];
    lanes.add(second);
    lanes.add(first);
    expect(lanes.take()).toBe(first.row);
    expect(lanes.take()).toBeUndefined();
    lanes.release("x");
    expect(lanes.take()).toBe(second.row);
  });

  test("let out repeated actions in their order before all others, destroys included", () => {
    const lanes = new Lanes();
    const destroy = { ...row("3", "x"), row: pendingAction({ id: "3", action: "agent_destroy" }) };
    const repeated = [row("2", "x"), row("1", "x", 5), { ...destroy, lane: "x" }];
    lanes.add({ ...destroy, row: pendingAction({ id: "0", action: "agent_destroy" }) });
    for (const one of repeated) lanes.add({ ...one, isRepeated: true });
    for (const one of repeated) {
      expect(lanes.take()).toBe(one.row);
      lanes.release("x");
    }
    expect(lanes.take()?.id).toBe("0");
  });

  test("let out different agents side by side, the most urgent first", () => {
    const lanes = new Lanes();
    const [calm, urgent] = [row("1", "x"), row("2", "y", 5)];
    lanes.add(calm);
    lanes.add(urgent);
    expect([lanes.take(), lanes.take(), lanes.take()]).toEqual([urgent.row, calm.row, undefined]);
  });

  test("give out many agents' actions in their order, whatever the order of their arrival", () => {
    const urgencies = [3, 0, 5, 1, 4, 2];
    for (const given of [urgencies, urgencies.toReversed()]) {
      const lanes = new Lanes();
      for (const urgency of given) lanes.add(row(`${urgency}`, `agent${urgency}`, urgency));
      expect(given.map(() => lanes.take()?.urgency)).toEqual([5, 4, 3, 2, 1, 0]);
    }
  });

  test("keep actions for a busy agent", () => {
    const lanes = new Lanes();
    const [first, second] = [row("1", "x"), row("2", "x")];
    lanes.add(first);
    lanes.take();
    lanes.add(second);
    expect(lanes.take()).toBeUndefined();
    lanes.release("x");
    expect(lanes.take()).toBe(second.row);
  });

  test("stay busy if the last waiting action is withdrawn meanwhile", () => {
    const lanes = new Lanes();
    const [first, second, third] = [row("1", "x"), row("2", "x"), row("3", "x")];
    lanes.add(first);
    lanes.take();
    lanes.add(second);
    lanes.remove(second);
    lanes.add(third);
    expect(lanes.take()).toBeUndefined();
    lanes.release("x");
    expect(lanes.take()).toBe(third.row);
  });

  test("give out no withdrawn action, and continue with the next", () => {
    const lanes = new Lanes();
    const [first, second, other] = [row("1", "x"), row("2", "x"), row("3", "y")];
    for (const one of [first, second, other]) lanes.add(one);
    lanes.remove(first);
    lanes.remove(other);
    expect([lanes.take(), lanes.take()]).toEqual([second.row, undefined]);
    lanes.release("x");
    lanes.add(first);
    expect(lanes.take()).toBe(first.row);
  });
});

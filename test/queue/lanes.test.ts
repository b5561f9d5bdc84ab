import { describe, expect, test } from "vitest";
import { Lanes } from "../../src/queue/lanes.ts";
import { pendingAction } from "../support/rows.ts";

function row(id: string, agent_id: string, urgency = 0) {
  return pendingAction({ id, agent_id, urgency });
}

describe("lanes", () => {
  test("let out one action of an agent at a time", () => {
    const lanes = new Lanes();
    const [first, second] = [row("1", "x"), row("2", "x")];
    lanes.add(second);
    lanes.add(first);
    expect(lanes.take()).toBe(first);
    expect(lanes.take()).toBeUndefined();
    lanes.release(first);
    expect(lanes.take()).toBe(second);
  });

  test("let out different agents side by side, the most urgent first", () => {
    const lanes = new Lanes();
    const [calm, urgent] = [row("1", "x"), row("2", "y", 5)];
    lanes.add(calm);
    lanes.add(urgent);
    expect([lanes.take(), lanes.take(), lanes.take()]).toEqual([urgent, calm, undefined]);
  });

  test("take in what comes for a busy agent", () => {
    const lanes = new Lanes();
    const [first, second] = [row("1", "x"), row("2", "x")];
    lanes.add(first);
    lanes.take();
    lanes.add(second);
    expect(lanes.take()).toBeUndefined();
    lanes.release(first);
    expect(lanes.take()).toBe(second);
  });

  test("let nothing out that was withdrawn, and go on with what is behind it", () => {
    const lanes = new Lanes();
    const [first, second, other] = [row("1", "x"), row("2", "x"), row("3", "y")];
    for (const one of [first, second, other]) lanes.add(one);
    expect(lanes.withdraw("1")).toBe(first);
    expect(lanes.withdraw("1")).toBeUndefined();
    expect(lanes.withdraw("3")).toBe(other);
    expect([lanes.take(), lanes.take()]).toEqual([second, undefined]);
    expect(lanes.withdraw("2")).toBeUndefined();
    lanes.release(second);
    lanes.add(first);
    expect(lanes.take()).toBe(first);
  });
});

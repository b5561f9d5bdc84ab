import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AgentTrigger,
  agentStatuses,
  isAlive,
  statusAtRest,
  transition,
} from "../../src/model/agent.ts";

const occurrences: readonly AgentTrigger[] = [
  "start",
  "ready",
  "pause",
  "settle",
  "resume",
  "crash",
  "give_up",
  "stop",
  "end",
  "suspend",
];
const anyStatus = fc.constantFrom(...agentStatuses);
const anyOccurrence = fc.constantFrom(...occurrences);

describe("agent status", () => {
  test("stays within the closed set for any triggers", () => {
    fc.assert(
      fc.property(anyStatus, fc.array(anyOccurrence, { maxLength: 50 }), (from, happenings) => {
        let status = from;
        for (const happening of happenings) status = transition(status, happening) ?? status;
        expect(agentStatuses).toContain(status);
      }),
    );
  });

  test("leaves an end only by a new start", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("stopped" as const, "error" as const),
        anyOccurrence,
        (from, happening) => {
          const to = transition(from, happening);
          if (happening === "start") expect(to).toBe("starting");
          else expect(to === undefined || !isAlive(to)).toBe(true);
        },
      ),
    );
  });

  test("once stopping, ends stopped and nothing else", () => {
    fc.assert(
      fc.property(anyOccurrence, (happening) => {
        expect(["stopping", "stopped", undefined]).toContain(transition("stopping", happening));
      }),
    );
  });

  test("is paused only after it has settled", () => {
    for (const from of agentStatuses) {
      for (const happening of occurrences) {
        if (from === "paused" || transition(from, happening) !== "paused") continue;
        const isHonest = happening === "settle" || (happening === "suspend" && from === "pausing");
        expect(isHonest, `${from} ${happening}`).toBe(true);
      }
    }
  });

  test("of a row left behind by an ended process follows the contract", () => {
    expect(agentStatuses.map((status) => [status, statusAtRest(status, false)])).toEqual([
      ["starting", "restarting"],
      ["running", "restarting"],
      ["pausing", "paused"],
      ["paused", "paused"],
      ["stopping", "stopped"],
      ["stopped", "stopped"],
      ["restarting", "restarting"],
      ["error", "error"],
    ]);
    expect(statusAtRest("restarting", true)).toBe("paused");
    expect(statusAtRest("stopped", true)).toBe("stopped");
    expect(agentStatuses.filter((status) => !isAlive(status))).toEqual(["stopped", "error"]);
  });

  test("at rest is at rest: asking again changes nothing", () => {
    fc.assert(
      fc.property(anyStatus, fc.boolean(), (status, isPaused) => {
        const rest = statusAtRest(status, isPaused);
        expect(statusAtRest(rest, isPaused)).toBe(rest);
      }),
    );
  });
});

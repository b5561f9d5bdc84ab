import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { summarizeAgent, type TroupeEvent } from "../../src/model/event.ts";
import type { AgentId } from "../../src/model/ids.ts";
import { memoryOf } from "../../src/picture/agent-picture.ts";
import { FleetPicture } from "../../src/picture/fleet-picture.ts";
import { agentView, event, glance, glanceStep, NOW, stepRow } from "../dashboard/sample-agents.ts";
import { liveFigures } from "../support/sample-rows.ts";

function fleetOf(...views: Parameters<typeof agentView>[]): FleetPicture {
  const fleet = new FleetPicture();
  fleet.read(
    views.map((view) => agentView(...view)),
    NOW,
  );
  return fleet;
}

function status(id: string, changes: Parameters<typeof agentView>[1]): TroupeEvent {
  return event("agent.status", id, summarizeAgent(agentView(id, changes)));
}

describe("fleet", () => {
  test("counts a step once, however often it is reported", () => {
    const fleet = fleetOf(["a", { iteration: 3 }]);
    const step = glance([glanceStep("a", 4)]);
    for (let n = 0; n < 3; n += 1) fleet.glance(step, NOW);
    fleet.glance(glance([glanceStep("a", 2)]), NOW);
    expect(fleet.find("a")).toMatchObject({ iteration: 4, result: "joke 4" });
    fleet.glance(glance([glanceStep("a", 5, { status: "error", code: "X", text: "no" })]), NOW);
    expect(fleet.find("a")).toMatchObject({
      result: "joke 4",
      error: { code: "X", message: "no" },
    });
  });

  test("adds a new agent by its status, and none by its step", () => {
    const fleet = fleetOf();
    fleet.glance(glance([glanceStep("a", 1)]), NOW);
    expect(fleet.size).toBe(0);
    expect(fleet.apply(status("a", { status: "starting" }))).toBe(true);
    expect(fleet.find("a")?.status).toBe("starting");
  });

  test("refuses a row that is older than the known one", () => {
    const fleet = fleetOf(["a", { updated_at: NOW, status: "paused" }]);
    fleet.apply(status("a", { updated_at: NOW - 1, status: "running" }));
    expect(fleet.find("a")?.status).toBe("paused");
    fleet.apply(status("a", { updated_at: NOW - 1, epoch: 2, status: "running" }));
    expect(fleet.find("a")?.status).toBe("running");
  });

  test("keeps the newer step if a row was read before it ended", () => {
    const fleet = fleetOf(["a", { iteration: 3 }]);
    fleet.glance(glance([glanceStep("a", 4)]), NOW);
    fleet.read([agentView("a", { iteration: 3, result: "joke 3", updated_at: NOW + 1 })], NOW);
    expect(fleet.find("a")).toMatchObject({ iteration: 4, result: "joke 4" });
  });

  test("shows guidance as waiting until a step has used it", () => {
    const fleet = fleetOf(["a", {}]);
    const guidance = { action_id: "1", guidance: { subject: "dogs" }, at: NOW };
    fleet.apply(event("agent.guidance", "a", guidance));
    expect(fleet.apply(event("agent.guidance", "a", guidance))).toBe(false);
    fleet.glance(glance([glanceStep("a", 1)]), NOW);
    expect(fleet.find("a")?.pending).toHaveLength(1);
    fleet.glance(glance([glanceStep("a", 2, { used: ["1"] })]), NOW);
    expect(fleet.find("a")?.pending).toEqual([]);
  });

  test("calls an agent unresponsive until a step of it ends", () => {
    const fleet = fleetOf(["a", {}]);
    fleet.apply(
      event("agent.unresponsive", "a", { since: NOW, phase: "step", iteration: 0, frames: null }),
    );
    expect(fleet.find("a")?.unresponsiveSince).toBe(NOW);
    fleet.glance(glance([glanceStep("a", 1)]), NOW);
    expect(fleet.find("a")?.unresponsiveSince).toBeNull();
  });

  test("shows no figures of a thread that has ended", () => {
    const fleet = fleetOf(["a", { live: liveFigures() }]);
    const before = fleet.find("a");
    expect(before && memoryOf(before)).toBe(2 ** 22);
    fleet.apply(status("a", { status: "stopped", updated_at: NOW + 1 }));
    expect(fleet.find("a")).toMatchObject({ live: null, cpuShare: null });
  });

  test("computes processor time between two readings, and not from the same one twice", () => {
    const fleet = fleetOf(["a", { live: liveFigures({ cpu_ms: 100 }) }]);
    const read = (cpu_ms: number, at: number) =>
      fleet.read([agentView("a", { live: liveFigures({ cpu_ms }) })], NOW + at);
    read(600, 1_000);
    expect(fleet.find("a")?.cpuShare).toBe(0.5);
    read(600, 3_000);
    expect(fleet.find("a")?.cpuShare).toBe(0.5);
    read(600, 20_000);
    expect(fleet.find("a")?.cpuShare).toBe(0);
  });

  test("counts the steps between two reported ones", () => {
    const fleet = fleetOf(["a", { iteration: 20 }]);
    fleet.glance(glance([glanceStep("a", 30, { ended_at: NOW + 9_000 })]), NOW);
    expect(fleet.find("a")?.rate.perMinute(NOW + 10_000)).toBeCloseTo(60, 0);
  });

  test("keeps counting after a reading by a wrong clock", () => {
    const fleet = fleetOf(["a", { iteration: 20 }]);
    expect(fleet.find("a")?.rate.perMinute(NOW + 600_000)).toBe(0);
    fleet.glance(glance([glanceStep("a", 30, { ended_at: NOW + 9_000 })]), NOW);
    expect(fleet.find("a")?.rate.perMinute(NOW + 10_000)).toBeCloseTo(60, 0);
  });

  test("is the same in the end, wherever in the stream of events it was read", () => {
    const steps = Array.from({ length: 12 }, (_, n) => glanceStep("a", n + 1));
    fc.assert(
      fc.property(fc.nat(12), fc.array(fc.nat(11), { maxLength: 20 }), (readAt, repeated) => {
        const fleet = new FleetPicture();
        const last = steps[readAt - 1];
        const known = last === undefined ? {} : { iteration: last.iteration, result: last.text };
        fleet.read([agentView("a", { ...known, updated_at: last?.ended_at ?? NOW })], NOW);
        const told = [...repeated.toSorted((one, other) => one - other), ...steps.keys()];
        for (const at of told) {
          const step = steps[at];
          if (step !== undefined) fleet.glance(glance([step]), NOW);
        }
        expect(fleet.find("a")).toMatchObject({ iteration: 12, result: "joke 12" });
      }),
    );
  });

  test("keeps counting rates over a new reading, unless steps were missed", () => {
    const before = fleetOf(["a", {}], ["b", {}], ["gone" as AgentId, {}]);
    before.glance(glance([glanceStep("a", 1), glanceStep("b", 1)]), NOW);
    const fleet = fleetOf(["a", { iteration: 1 }], ["b", { iteration: 500 }]);
    fleet.inherit(before);
    expect(fleet.find("a")?.rate).toBe(before.find("a")?.rate);
    expect(fleet.find("b")?.rate).not.toBe(before.find("b")?.rate);
    expect(fleet.find("gone")).toBeUndefined();
  });

  test("takes figures from a glance, and forgets those of a thread that is gone", () => {
    const fleet = fleetOf(["a", {}], ["b", { live: liveFigures() }]);
    const live = liveFigures({ step_since: NOW - 9_000, unresponsive_since: NOW });
    fleet.glance(glance([], { a: live }), NOW);
    expect(fleet.find("a")).toMatchObject({ live: { step_since: NOW - 9_000 } });
    expect(fleet.find("a")?.unresponsiveSince).toBe(NOW);
    expect(fleet.find("b")?.live).toBeNull();
  });

  test("forgets an agent that is no longer listed, unless it is new", () => {
    const fleet = fleetOf(["old", {}], ["b", {}]);
    fleet.apply(status("fresh", { updated_at: NOW + 59_000 }));
    const listed = [agentView("b")];
    fleet.read(listed, NOW + 60_000);
    fleet.forgetMissing(listed, NOW + 60_000);
    expect(fleet.agents.map(({ id }) => id)).toEqual(["b", "fresh"]);
  });

  test("takes a step from an event as from a glance", () => {
    const fleet = fleetOf(["a", { iteration: 3 }]);
    expect(fleet.apply(event("agent.step", "a", stepRow("a", 4)))).toBe(true);
    expect(fleet.apply(event("agent.step", "a", stepRow("a", 4)))).toBe(false);
    expect(fleet.find("a")).toMatchObject({ iteration: 4, result: "joke 4" });
    const failed = { status: "error", result: null, error: { code: "X", message: "no" } } as const;
    fleet.apply(event("agent.step", "a", stepRow("a", 5, failed)));
    expect(fleet.find("a")).toMatchObject({ result: "joke 4", error: { code: "X" } });
    expect(fleet.apply(event("agent.step", "unknown", stepRow("unknown", 1)))).toBe(false);
  });

  test("counts agents by status and names their types", () => {
    const fleet = fleetOf(["a", {}], ["b", { agent_type: "alpha" }], ["c", { status: "error" }]);
    expect(fleet.countByStatus()).toEqual(
      new Map([
        ["running", 2],
        ["error", 1],
      ]),
    );
    expect(fleet.types()).toEqual(["alpha", "joke"]);
  });
});

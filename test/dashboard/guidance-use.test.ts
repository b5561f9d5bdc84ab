import { describe, expect, test } from "vitest";
import { guidanceOf, useOf } from "../../src/dashboard/state/guidance-use.ts";
import { actionView, NOW, stepRow } from "./sample-agents.ts";

const none = { pending_guidance: [] };
// Step 2 began after the interrupt came, and before its guidance was delivered.
const steps = [stepRow("a", 2), stepRow("a", 1), stepRow("a", 3, { guidance_used: ["0", "1"] })];

describe("the use of guidance", () => {
  test("follows from its action, the agent's row and its steps", () => {
    expect(useOf(actionView("1"), none, [])).toEqual({ state: "queued" });
    const waiting = { pending_guidance: [{ action_id: "1", guidance: {}, at: NOW }] };
    const done = actionView("1", { outcome: "done" });
    expect(useOf(done, waiting, [])).toEqual({ state: "waiting" });
    expect(useOf(done, none, steps)).toMatchObject({ state: "used", step: { iteration: 3 } });
    const old = [stepRow("a", 2, { guidance_used: null })];
    expect(useOf(done, none, old)).toEqual({ state: "used", step: null });
    const error = { code: "GUIDANCE_LIMIT", message: "too much" };
    const refused = actionView("1", { outcome: "rejected", error });
    expect(useOf(refused, none, [])).toEqual({ state: "refused", error });
  });

  test("shows the guidance of the interrupt, whichever client wrote it", () => {
    expect(guidanceOf(actionView("1"))).toEqual({ subject: "dogs" });
    expect(guidanceOf(actionView("1", { payload: "not JSON" }))).toBe("not JSON");
  });
});

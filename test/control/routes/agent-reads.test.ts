/** Reads of agents show no less than the events that were published before. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { StepRow } from "../../../src/model/step.ts";
import { Control } from "../../support/control.ts";

const agents = fileURLToPath(new URL("../../support/agents", import.meta.url));

test("an agent is shown and listed with at least the step that an event reported", async () => {
  await using control = await Control.start({ flags: { agents } });
  const { events } = control.troupe;
  const reported: StepRow[] = [];
  let next = Promise.withResolvers<void>();
  using _subscription = events.subscribe((event) => {
    if (event.type !== "agent.step") return;
    reported.push(event.data);
    next.resolve();
  });
  const body = { agent_id: "quick", agent_type: "ledger", config: { interval_ms: 3 } };
  await control.post("/api/agents", body);
  for (let reads = 0; reads < 30; reads++) {
    await next.promise;
    next = Promise.withResolvers();
    const { iteration = 0 } = reported.at(-1) ?? {};
    const [shown, listed, whole, found] = await Promise.all([
      control.get("/api/agents/quick"),
      control.get("/api/agents?status=running"),
      control.get("/api/agents?fields=all"),
      control.get("/api/agents/quick/steps?limit=1"),
    ]);
    expect(shown.json.iteration).toBeGreaterThanOrEqual(iteration);
    expect(listed.json.items[0].iteration).toBeGreaterThanOrEqual(iteration);
    expect(whole.json.items[0].iteration).toBeGreaterThanOrEqual(iteration);
    expect(whole.json.items[0].history.at(-1).iteration).toBe(whole.json.items[0].iteration);
    expect(found.json.items[0].iteration).toBeGreaterThanOrEqual(iteration);
    expect(Object.keys(found.json.items[0])).toEqual(Object.keys(reported[0] ?? {}));
    expect(reported[0]).not.toHaveProperty("context");
  }
});

test("the context after a step is shown, and that of a step that has not ended is an error", async () => {
  await using control = await Control.start({ flags: { agents } });
  const used = Promise.withResolvers<StepRow>();
  using _subscription = control.troupe.events.subscribe((event) => {
    const isUse = event.type === "agent.step" && (event.data.guidance_used ?? []).length > 0;
    if (isUse) used.resolve(event.data);
  });
  const body = { agent_id: "counts", agent_type: "ledger", config: { interval_ms: 3 } };
  await control.post("/api/agents", body, { prefer: "wait=30" });
  await control.post("/api/agents/counts/interrupt", { guidance: { n: 7 } });
  const { iteration } = await used.promise;
  const contextAt = async (step: number | string) =>
    (await control.get(`/api/agents/counts/steps/${step}/context`)).json;
  expect(await contextAt(iteration)).toEqual({
    ...{ agent_id: "counts", iteration, from_iteration: iteration },
    context: { seen: [7] },
  });
  expect(await contextAt(1_000_000)).toMatchObject({ status: 404, code: "STEP_NOT_FOUND" });
  expect(await contextAt("0")).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
  const nobody = await control.get("/api/agents/nobody/steps/1/context");
  expect(nobody.json).toMatchObject({ status: 404, code: "AGENT_UNKNOWN" });
});

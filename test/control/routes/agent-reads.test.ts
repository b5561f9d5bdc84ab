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

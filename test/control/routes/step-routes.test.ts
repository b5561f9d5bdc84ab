/** The steps of all agents over REST: what events have reported, no more and no less. */

import { afterAll, beforeAll, expect, test } from "vitest";
import type { StepRow } from "../../../src/model/step.ts";
import { Control } from "../../support/control.ts";
import { until } from "../../support/until.ts";

let shared: Control;
beforeAll(async () => {
  shared = await Control.start();
});
afterAll(() => shared.close());

test("a step whose event was published is listed, once, and none before its event", async () => {
  await using control = await Control.start();
  const published = new Set<string>();
  using _subscription = control.troupe.events.subscribe((event) => {
    if (event.type === "agent.step") published.add((event.data as StepRow).step_id);
  });
  for (const agent_id of ["quick", "quicker"]) {
    await control.post("/api/agents", { agent_id, config: { interval_ms: 5 } });
  }
  for (let reads = 0; reads < 20; reads++) {
    await until(() => published.size > reads * 3);
    const before = new Set(published);
    const { json } = await control.get("/api/steps?limit=1000");
    const listed: string[] = json.items.map(({ step_id }: StepRow) => step_id);
    expect(new Set(listed).size).toBe(listed.length);
    expect([...before].filter((id) => !listed.includes(id))).toEqual([]);
    await until(() => listed.every((id) => published.has(id)));
  }
  const ofOne = await control.get("/api/steps?agent=quick&limit=1");
  expect(ofOne.json.items).toMatchObject([{ agent_id: "quick", status: "ok" }]);
  expect(ofOne.json.items[0]).not.toHaveProperty("result");
  const since = Date.now() - 60_000;
  const counts = await control.get(`/api/steps/counts?since=${since}&bucket_ms=60000&type=joke`);
  const agents = counts.json.items.map(({ agent_id }: StepRow) => agent_id);
  expect(new Set(agents)).toEqual(new Set(["quick", "quicker"]));
});

test("one step of an agent is read by its number", async () => {
  await using control = await Control.start();
  const headers = { prefer: "wait=30" };
  await control.post("/api/agents", { agent_id: "one", config: { interval_ms: 5 } }, headers);
  const path = "/api/agents/one/steps?iteration=2";
  const items = await until(async () => {
    const { json } = await control.get(path);
    return json.items.length > 0 ? json.items : undefined;
  });
  expect(items).toMatchObject([{ iteration: 2, agent_id: "one" }]);
});

test.each([
  ["/api/steps?since=soon", /query\.since must be/],
  ["/api/steps?agent=no%20id", /query\.agent must/],
  ["/api/steps?limit=1001", /query\.limit must be/],
  ["/api/steps?from=1", /query has no field "from"/],
  ["/api/steps/counts?bucket_ms=0", /query\.bucket_ms must be/],
  ["/api/steps/counts?limit=5", /query has no field "limit"/],
])("%s is refused with what was expected", async (path, message) => {
  const { status, json } = await shared.get(path);
  expect({ status, code: json.code }).toEqual({ status: 400, code: "REQUEST_INVALID" });
  expect(json.detail).toMatch(message);
});

test.each([
  ["/api/steps?since=9&until=3", /since must be earlier than until, got since 9 and until 3/],
  ["/api/steps/counts?since=1&bucket_ms=10", /bucket_ms must be at least \d+ for the \d+ ms/],
])("%s has no time that can be read", async (path, message) => {
  const { status, json } = await shared.get(path);
  expect({ status, code: json.code }).toEqual({ status: 422, code: "STEP_TIME_INVALID" });
  expect(json.detail).toMatch(message);
});

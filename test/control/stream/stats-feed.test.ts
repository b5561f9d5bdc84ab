import { expect, test } from "vitest";
import { StatsFeed } from "../../../src/control/stream/stats-feed.ts";
import type { EventType } from "../../../src/model/event.ts";
import { Control } from "../../support/control.ts";
import { until } from "../../support/until.ts";
import { SseClient, StreamDesk } from "../stream-desk.ts";

test("the fleet is not counted while no client listens to that", async () => {
  const desk = await StreamDesk.open();
  let counted = 0;
  const count = () => {
    counted += 1;
    return desk.count();
  };
  let ticks = 0;
  const stream = {
    isWanted: (type: EventType) => {
      ticks += 1;
      return desk.stream.isWanted(type);
    },
  };
  using _feed = new StatsFeed({ events: desk.events, stream, count, intervalMs: 5 });
  const client = await desk.listen("?types=agent.step");
  await until(() => ticks > 10);
  expect([counted, desk.events.seq]).toEqual([0, 0]);
  const other = await desk.listen("?types=fleet.stats");
  await other.heard(1);
  other.close();
  await until(() => desk.stream.figures.clients === 1);
  const before = counted;
  ticks = 0;
  await until(() => ticks > 10);
  expect(counted).toBe(before);
  client.close();
});

test("a listener receives the fleet's figures once a second", async () => {
  await using control = await Control.start();
  const wait = { prefer: "wait=30" };
  const config = { interval_ms: 20 };
  await control.post("/api/agents", { agent_id: "agent1", config }, wait);
  await control.post("/api/agents", { agent_id: "agent2", config }, wait);
  await control.post("/api/agents/agent2/destroy", {}, wait);
  const url = `${control.url.origin}/api/events?types=fleet.stats`;
  const client = await SseClient.open(url, { authorization: `Bearer ${control.token}` });
  const [first, second] = await client.heard(2);
  expect(first).toMatchObject({
    type: "fleet.stats",
    data: {
      agents: { starting: 0, running: 1, stopped: 1, error: 0 },
      unresponsive: 0,
      restarts_total: 0,
      actions: {
        in_flight: 0,
        queued_total: 3,
        processed_total: { done: 3, rejected: 0, dead: 0 },
      },
      store: { is_healthy: true, failing_since: null, error: null },
    },
  });
  const steps = [first, second].map((event) =>
    event?.type === "fleet.stats" ? event.data.steps_total.ok : 0,
  );
  expect(steps[1]).toBeGreaterThan(steps[0] ?? 0);
  client.close();
});

test("agents that have ended are counted by the next process, and again when they start", async () => {
  await using first = await Control.start();
  const wait = { prefer: "wait=30" };
  await first.post("/api/agents", { agent_id: "agent1" }, wait);
  await first.post("/api/agents", { agent_id: "agent2" }, wait);
  await first.post("/api/agents/agent2/destroy", {}, wait);
  await first.troupe.close();
  await using second = await Control.start({ folder: first.folder });
  const { supervisor } = second.troupe;
  await until(() => supervisor.census().agents.running === 1);
  expect(supervisor.census().agents).toMatchObject({ running: 1, stopped: 1 });
  await second.post("/api/agents", { agent_id: "agent2" }, wait);
  expect(supervisor.census().agents).toMatchObject({ running: 2, stopped: 0 });
  await second.post("/api/agents/agent2/destroy", {}, wait);
  await second.post("/api/agents/agent2/destroy", {}, wait);
  expect(supervisor.census().agents).toMatchObject({ running: 1, stopped: 1 });
});

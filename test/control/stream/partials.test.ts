import { expect, test } from "vitest";
import { PartialFeed } from "../../../src/control/stream/partials.ts";
import type { AgentId } from "../../../src/model/ids.ts";
import { until } from "../../support/until.ts";
import { StreamDesk } from "../stream-desk.ts";

const agent1 = "agent1" as AgentId;
const agent2 = "agent2" as AgentId;

test("partials are told only of agents that somebody watches at the moment", async () => {
  const desk = await StreamDesk.open();
  const feed = new PartialFeed({ events: desk.events, stream: desk.stream });
  expect(feed.watch(agent1, "Ask")).toBeUndefined();
  const steps = await desk.listen("?types=agent.step");
  expect(feed.watch(agent1, "Ask")).toBeUndefined();
  const client = await desk.listen("?agent_id=agent1");
  expect(feed.watch(agent2, "Ask")).toBeUndefined();
  feed.watch(agent1, "Ask")?.("so");
  expect(await client.heard(1)).toMatchObject([
    { type: "llm.partial", agent_id: agent1, data: { function: "Ask", value: "so" } },
  ]);
  const all = await desk.listen("?types=llm.partial");
  expect(feed.watch(agent2, "Ask")).toBeDefined();
  for (const one of [steps, client, all]) one.close();
  await until(() => desk.stream.figures.clients === 0);
  expect(feed.watch(agent1, "Ask")).toBeUndefined();
});

test("partials beyond the limit of a second are shed", async () => {
  const desk = await StreamDesk.open();
  await desk.listen();
  const feed = new PartialFeed({ events: desk.events, stream: desk.stream, perSecondMax: 3 });
  const onPartial = feed.watch(agent1, "Ask");
  for (let n = 0; n < 100; n += 1) onPartial?.(n);
  // The second may end between two of them.
  expect(desk.events.seq).toBeGreaterThanOrEqual(3);
  expect(desk.events.seq).toBeLessThanOrEqual(6);
});

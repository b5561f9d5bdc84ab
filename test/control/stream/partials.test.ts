import { expect, test } from "vitest";
import { PartialFeed } from "../../../src/control/stream/partials.ts";
import type { AgentId } from "../../../src/model/ids.ts";
import { Control } from "../../support/control.ts";
import { until } from "../../support/until.ts";
import { SseClient, StreamDesk } from "../stream-desk.ts";

const agent1 = "agent1" as AgentId;
const agent2 = "agent2" as AgentId;

test("partials are sent only for agents that are watched at the moment", async () => {
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

test("partials beyond the limit for one second are shed", async () => {
  const desk = await StreamDesk.open();
  await desk.listen();
  const feed = new PartialFeed({ events: desk.events, stream: desk.stream, perSecondMax: 3 });
  const onPartial = feed.watch(agent1, "Ask");
  for (let n = 0; n < 100; n += 1) onPartial?.(n);
  // The second may end between two of them.
  expect(desk.events.seq).toBeGreaterThanOrEqual(3);
  expect(desk.events.seq).toBeLessThanOrEqual(6);
});

test("an agent's calls are streamed and published only while it is watched", async () => {
  await using control = await Control.start();
  const { events } = control.troupe;
  const told: string[] = [];
  const stepsOf: string[] = [];
  events.subscribe(({ type, agent_id }) => {
    if (type === "llm.partial") told.push(agent_id ?? "");
    if (type === "agent.step") stepsOf.push(agent_id ?? "");
  });
  const steps = async (count: number) => {
    stepsOf.length = 0;
    await until(() => stepsOf.filter((id) => id === agent1).length >= count);
  };
  for (const agent_id of [agent1, agent2]) {
    const body = { agent_id, config: { interval_ms: 20 } };
    await control.post("/api/agents", body, { prefer: "wait=30" });
  }
  await steps(3);
  expect(told).toEqual([]);
  const url = `${control.url.origin}/api/events?agent_id=agent1&types=llm.partial`;
  const client = await SseClient.open(url, { authorization: `Bearer ${control.token}` });
  const [first] = await client.heard(3);
  expect(first).toMatchObject({ agent_id: agent1, data: { function: "TellJoke" } });
  expect(first?.type === "llm.partial" && String(first.data.value)).toMatch(/\w/);
  expect(new Set(told)).toEqual(new Set([agent1]));
  client.close();
  // A call that runs was watched when it began.
  await steps(3);
  told.length = 0;
  await steps(3);
  expect(told).toEqual([]);
});

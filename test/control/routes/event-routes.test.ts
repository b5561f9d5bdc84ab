import { describe, expect, test } from "vitest";
import type { AgentId } from "../../../src/model/ids.ts";
import { until } from "../../support/until.ts";
import { EPOCH, StreamDesk, token } from "../stream-desk.ts";

const partial = { function: "Ask", value: "so far" };

describe("GET /api/events", () => {
  test("sends every event in one envelope, with an id that a client resumes from", async () => {
    const desk = await StreamDesk.open();
    const client = await desk.listen();
    expect(client.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    desk.publish("agent1", 1);
    desk.events.publish("llm.partial", partial, "agent1" as AgentId);
    const events = await client.heard(2);
    expect(events).toMatchObject([
      { seq: 1, type: "agent.guidance", agent_id: "agent1", data: { action_id: "action1" } },
      { seq: 2, type: "llm.partial", agent_id: "agent1", data: partial },
    ]);
    expect(client.ids).toEqual([`${EPOCH}-1`, `${EPOCH}-2`]);
    expect(client.text).toMatch(/^retry: 1000\nid: 5-0\n\n/);
  });

  test("takes the token in the query and refuses a wrong one", async () => {
    const desk = await StreamDesk.open();
    const url = `${desk.url}/api/events`;
    expect((await fetch(`${url}?token=wrong`)).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    const answer = await fetch(`${url}?token=${token}`);
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
    await until(() => desk.stream.figures.clients === 0);
  });

  test("takes an empty Last-Event-ID as none", async () => {
    const desk = await StreamDesk.open();
    const headers = { authorization: `Bearer ${token}`, "last-event-id": "" };
    const answer = await fetch(`${desk.url}/api/events`, { headers });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
    await until(() => desk.stream.figures.clients === 0);
  });

  test("sends only the selected agents and types", async () => {
    const desk = await StreamDesk.open();
    const two = await desk.listen("?agent_id=agent1,agent2&types=agent.guidance");
    const three = await desk.listen("?agent_id=agent3&agent_id=agent1");
    const all = await desk.listen("?types=llm.partial&types=agent.guidance");
    for (const id of ["agent1", "agent2", "agent3"]) {
      desk.publish(id);
      desk.events.publish("llm.partial", partial, id as AgentId);
    }
    const seen = async (client: typeof two, count: number) =>
      (await client.heard(count)).map(({ type, agent_id }) => `${type} ${agent_id}`);
    expect(await seen(all, 6)).toHaveLength(6);
    expect(await seen(two, 2)).toEqual(["agent.guidance agent1", "agent.guidance agent2"]);
    expect(await seen(three, 4)).toEqual([
      "agent.guidance agent1",
      "llm.partial agent1",
      "agent.guidance agent3",
      "llm.partial agent3",
    ]);
  });

  test("names the fault of a query or a Last-Event-ID", async () => {
    const desk = await StreamDesk.open();
    const fault = async (query: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${desk.url}/api/events${query}`, {
        headers: { authorization: `Bearer ${token}`, ...headers },
      });
      return [answer.status, ((await answer.json()) as { detail: string }).detail];
    };
    expect(await fault("?types=agent.steps")).toEqual([
      400,
      expect.stringMatching(/^query\.types must be of agent\.status, .*, got "agent\.steps"$/),
    ]);
    expect(await fault("?agent_id=../x")).toEqual([400, expect.stringContaining("agent id must")]);
    expect(await fault("?since=4")).toEqual([
      400,
      'query has no field "since"; known are agent_id, types, token',
    ]);
    expect(await fault("", { "last-event-id": "five" })).toEqual([
      400,
      expect.stringMatching(
        /^headers\.last-event-id must be text of the form <epoch>-<seq> or <seq>, .* got "five"$/,
      ),
    ]);
    expect(desk.stream.figures.clients).toBe(0);
  });

  test("refuses clients beyond its limit", async () => {
    const desk = await StreamDesk.open({ limits: { clientsMax: 1 } });
    await desk.listen();
    const answer = await desk.listen();
    expect(answer.status).toBe(503);
    await until(() => answer.ended);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "STREAM_LIMIT" });
  });

  test("has no HEAD, which would never end", async () => {
    const desk = await StreamDesk.open();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${desk.url}/api/events`, { method: "HEAD", headers });
    expect(answer.status).toBe(405);
  });
});

describe("Last-Event-ID", () => {
  test.each([`${EPOCH}-2`, "2"])("%s brings what came after it", async (id) => {
    const desk = await StreamDesk.open();
    for (const n of [1, 2, 3, 4]) desk.publish("agent1", n);
    const client = await desk.listen("", { "last-event-id": id });
    await client.heard(2);
    desk.publish("agent1", 5);
    expect((await client.heard(3)).map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(client.text).toContain(`id: ${EPOCH}-2\n\n`);
  });

  test("brings only selected events, and none that is live only", async () => {
    const desk = await StreamDesk.open();
    desk.publish("agent1", 1);
    desk.publish("agent2", 2);
    desk.events.publish("llm.partial", partial, "agent1" as AgentId);
    desk.publish("agent1", 4);
    const client = await desk.listen("?agent_id=agent1", { "last-event-id": "0" });
    expect((await client.heard(2)).map(({ seq }) => seq)).toEqual([1, 4]);
  });

  test("of another process is answered with a gap, and all that this one keeps", async () => {
    const desk = await StreamDesk.open();
    desk.publish("agent1", 1);
    desk.publish("agent1", 2);
    const data = { after_seq: 0, before_seq: 1, reason: "restarted" };
    for (const id of [`${EPOCH - 1}-900`, "900"]) {
      const client = await desk.listen("", { "last-event-id": id });
      expect(await client.heard(3)).toMatchObject([
        { type: "gap", seq: 0, data },
        { type: "agent.guidance", seq: 1 },
        { type: "agent.guidance", seq: 2 },
      ]);
    }
    expect(desk.stream.figures.gaps).toEqual({ slow: 0, expired: 0, restarted: 2 });
  });

  test("that is too old is answered with a gap, and all that is still kept", async () => {
    const desk = await StreamDesk.open({ kept: { eventsKeptMax: 2 } });
    for (const n of [1, 2, 3, 4, 5]) desk.publish("agent1", n);
    const client = await desk.listen("", { "last-event-id": `${EPOCH}-1` });
    expect(await client.heard(3)).toMatchObject([
      { type: "gap", seq: 3, data: { after_seq: 1, before_seq: 4, reason: "expired" } },
      { seq: 4 },
      { seq: 5 },
    ]);
    expect(client.ids[0]).toBe(`${EPOCH}-3`);
  });

  test("of ten thousand events ago brings each of them once, and continues live", async () => {
    const desk = await StreamDesk.open();
    for (let n = 1; n <= 10_000; n += 1) desk.publish("agent1", n);
    const client = await desk.listen("", { "last-event-id": "0" });
    await client.heard(1);
    for (let n = 10_001; n <= 10_100; n += 1) desk.publish("agent1", n);
    const events = await client.heard(10_100);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_100 }, (_, n) => n + 1));
  });
});

describe("a client that does not read", () => {
  test("has a bounded buffer, and receives one gap when it reads again", async () => {
    const desk = await StreamDesk.open({ limits: { bytesWaitingMax: 64 * 1024 } });
    const slow = await desk.listen();
    const quick = await desk.listen("?agent_id=agent1");
    slow.stall();
    const text = "x".repeat(64 * 1024);
    const big = { action_id: "big", guidance: { text }, at: 0 };
    let count = 0;
    // As much as the kernel and the pipes take, and more than the buffer.
    while (desk.stream.figures.gaps.slow === 0) {
      desk.events.publish("agent.guidance", big, "agent1" as AgentId);
      count += 1;
      await quick.heard(count);
    }
    for (let n = 0; n < 20; n += 1) {
      desk.events.publish("agent.guidance", big, "agent1" as AgentId);
      await quick.heard(count + n + 1);
    }
    slow.goOn();
    const isOver = () => slow.events.find(({ type }) => type === "gap");
    const gap = await until(isOver);
    desk.publish("agent1", 1);
    await until(() => slow.events.at(-1)?.type === "agent.guidance");
    const seqs = slow.events.map(({ seq }) => seq);
    const before = slow.events.filter(({ seq, type }) => seq < gap.seq && type !== "gap");
    expect(gap.data).toEqual({
      after_seq: before.length,
      before_seq: count + 20 + 1,
      reason: "slow",
    });
    expect(seqs).toEqual([...before.map(({ seq }) => seq), gap.seq, count + 21]);
    expect(desk.stream.figures.gaps).toEqual({ slow: 1, expired: 0, restarted: 0 });
    expect((await quick.heard(count + 21)).every(({ type }) => type !== "gap")).toBe(true);
  });

  test("is disconnected after a while, without an effect on others", async () => {
    const desk = await StreamDesk.open({ limits: { heartbeatMs: 20, stuckMsMax: 50 } });
    const stuck = await desk.listen();
    stuck.stall();
    const big = { action_id: "big", guidance: { text: "x".repeat(200_000) }, at: 0 };
    const isCutOff = await until(() => {
      desk.events.publish("agent.guidance", big, "agent1" as AgentId);
      return desk.stream.figures.clients === 0;
    });
    expect(isCutOff).toBe(true);
  });
});

test("a client without events gets signs of life", async () => {
  const desk = await StreamDesk.open({ limits: { heartbeatMs: 5 } });
  const client = await desk.listen();
  await until(() => /\n\n:\n\n:\n\n/.test(client.text));
  expect(client.events).toEqual([]);
});

test("closing the stream ends it for each client, even for one that does not read", async () => {
  const desk = await StreamDesk.open();
  const client = await desk.listen();
  const stuck = await desk.listen();
  stuck.stall();
  const big = { action_id: "big", guidance: { text: "x".repeat(8_000_000) }, at: 0 };
  desk.events.publish("agent.guidance", big, "agent1" as AgentId);
  await client.heard(1);
  await desk.stream.close();
  await until(() => client.ended && desk.stream.figures.clients === 0);
});

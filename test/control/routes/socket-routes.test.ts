import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { AgentId } from "../../../src/model/ids.ts";
import { until } from "../../support/until.ts";
import { EPOCH, StreamDesk, token } from "../stream-desk.ts";

const partial = { function: "Ask", value: "日本 so far" };

describe("GET /api/ws", () => {
  test("sends nothing before a subscription, then the selected agents and types", async () => {
    const desk = await StreamDesk.open();
    const client = await desk.socket();
    desk.publish("agent1", 1);
    expect(await client.ask({ subscribe: ["agent1"] })).toEqual({
      subscribed: ["agent1"],
      epoch: EPOCH,
      seq: 1,
    });
    desk.publish("agent1", 2);
    desk.publish("agent2", 3);
    await client.ask({ subscribe: ["agent2"], types: ["llm.partial"] });
    desk.publish("agent2", 4);
    desk.events.publish("llm.partial", partial, "agent2" as AgentId);
    expect(await client.heard(2)).toMatchObject([
      { seq: 2, type: "agent.guidance", agent_id: "agent1", data: { action_id: "action2" } },
      { seq: 5, type: "llm.partial", agent_id: "agent2", data: partial },
    ]);
  });

  test("sends everything to a subscriber of *, each event once", async () => {
    const desk = await StreamDesk.open();
    const client = await desk.socket();
    const answer = await client.ask({ subscribe: ["*", "agent1"] });
    expect(answer).toMatchObject({ subscribed: ["*", "agent1"] });
    for (const n of [1, 2, 3]) desk.publish(`agent${n}`, n);
    desk.events.publish("action.queued", { id: "1", action: "x", actor: "test", urgency: 0 });
    expect((await client.heard(4)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test("sends nothing more after an unsubscribe", async () => {
    const desk = await StreamDesk.open();
    const client = await desk.socket();
    await client.ask({ subscribe: ["agent1", "agent2"] });
    desk.publish("agent1", 1);
    expect(await client.ask({ unsubscribe: ["agent1", "never"] })).toMatchObject({
      subscribed: ["agent2"],
    });
    desk.publish("agent1", 2);
    desk.publish("agent2", 3);
    expect((await client.heard(2)).map(({ seq }) => seq)).toEqual([1, 3]);
    expect(await client.ask({ unsubscribe: ["agent2"] })).toMatchObject({ subscribed: [] });
    expect(desk.stream.isWanted("agent.step", "agent2")).toBe(false);
  });

  test("sends the kept events of a subscription since a number, even after a restart", async () => {
    const desk = await StreamDesk.open();
    for (const n of [1, 2, 3, 4]) desk.publish(`agent${n % 2}`, n);
    const client = await desk.socket();
    await client.ask({ subscribe: ["agent0"] });
    await client.ask({ subscribe: ["agent1"], since: `${EPOCH}-0` });
    desk.publish("agent0", 5);
    expect((await client.heard(3)).map(({ seq }) => seq)).toEqual([1, 3, 5]);
    await client.ask({ subscribe: ["agent1"], since: 3 });
    await client.ask({ subscribe: ["agent9"], since: `${EPOCH + 1}-3` });
    expect((await client.heard(4))[3]).toMatchObject({
      type: "gap",
      data: { after_seq: 0, before_seq: 1, reason: "restarted" },
    });
  });

  test("keeps each client's events in order and complete while its subscriptions change", async () => {
    const desk = await StreamDesk.open({ limits: { gatherMs: 20 } });
    const client = await desk.socket();
    await client.ask({ subscribe: ["agent1"] });
    for (let n = 1; n <= 200; n += 1) {
      desk.publish("agent1", n);
      if (n % 20 === 0) await client.ask({ subscribe: [`other${n}`] });
    }
    const events = await client.heard(200);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  });

  test.each([
    ["subscribe agent1", "message must be JSON text"],
    ["[]", "message must be an object of at least 1 field, got []"],
    [{}, "message must be an object of at least 1 field, got {}"],
    [{ subscribe: "agent1" }, 'message.subscribe must be a list of 1 to 1000 items, got "agent1"'],
    [{ subscribe: [] }, "message.subscribe must be a list of 1 to 1000 items, got []"],
    [
      { subscribe: ["a b"] },
      expect.stringMatching(/^message\.subscribe\.0 must be "\*" or text of .* got "a b"$/),
    ],
    [
      { subscribe: ["*"], types: ["steps"] },
      expect.stringMatching(/^message\.types\.0 must be one/),
    ],
    [
      { subscribe: ["*"], since: "x" },
      expect.stringMatching(/^message\.since must be text of .* or a whole number .* got "x"$/),
    ],
    [
      { suscribe: ["*"] },
      'message has no field "suscribe"; known are unsubscribe, subscribe, types, since',
    ],
    [{ since: 4 }, expect.stringContaining("must have")],
  ])("answers %j with what is wrong", async (message, detail) => {
    const desk = await StreamDesk.open();
    const client = await desk.socket();
    const answer = await client.ask(message);
    expect(answer).toEqual({ error: { code: "REQUEST_INVALID", message: detail } });
    expect(await client.ask({ subscribe: ["agent1"] })).toHaveProperty("subscribed");
  });

  test("answers a binary message with an error, and closes on one that is too large", async () => {
    const desk = await StreamDesk.open();
    const client = await desk.socket();
    client.socket.send(new Uint8Array([1, 2, 3]));
    await until(() => client.answers.length > 0);
    expect(client.answers[0]).toHaveProperty("error.code", "REQUEST_INVALID");
    client.socket.send("x".repeat(300 * 1024));
    expect(await client.closed).toBe(1009);
    await until(() => desk.stream.figures.clients === 0);
  });

  test("refuses more subscriptions than one client may have", async () => {
    const desk = await StreamDesk.open();
    const client = await desk.socket();
    const keys = (from: number) => Array.from({ length: 600 }, (_, n) => `agent${from + n}`);
    expect(await client.ask({ subscribe: keys(0) })).toHaveProperty("subscribed");
    expect(await client.ask({ subscribe: keys(500) })).toHaveProperty("error");
    expect(await client.ask({ unsubscribe: keys(0), subscribe: keys(500) })).toMatchObject({
      subscribed: keys(500),
    });
  });

  test("closes with 1013 beyond the limit of clients, and with 1001 at the server's end", async () => {
    const desk = await StreamDesk.open({ limits: { clientsMax: 1 } });
    const first = await desk.socket();
    const second = await desk.socket();
    expect(await second.closed).toBe(1013);
    await desk.close();
    expect(await first.closed).toBe(1001);
  });

  test("is refused without the token, and the connection ends", async () => {
    const desk = await StreamDesk.open();
    for (const path of ["/api/ws", "/api/ws?token=wrong", "/api/agents", "/nothing"]) {
      const text = await upgrade(desk, path);
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
    }
    expect(await upgrade(desk, `/api/ws?token=${token}&x=1`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await upgrade(desk, "/healthz")).toMatch(/^HTTP\/1\.1 200 /);
    expect(desk.stream.figures.clients).toBe(0);
  });

  test("without an upgrade is answered with an error", async () => {
    const desk = await StreamDesk.open();
    const answer = await fetch(`${desk.url}/api/ws?token=${token}`);
    expect(answer.status).toBe(426);
    expect(await answer.json()).toMatchObject({ code: "UPGRADE_REQUIRED" });
  });

  test("a broken handshake is answered with an error", async () => {
    const desk = await StreamDesk.open();
    const path = `/api/ws?token=${token}`;
    const socket = await rawSocket(
      desk,
      path,
      upgradeHeaders.replace("version: 13", "version: 99"),
    );
    const answer = await textOf(socket);
    expect(answer).toMatch(/^HTTP\/1.1 400 .*content-type: application\/problem\+json/is);
    expect(answer).toMatch(/"REQUEST_INVALID".*Sec-WebSocket-Version/);
  });

  test("ends a connection that answers no ping, and one that does not read", async () => {
    const desk = await StreamDesk.open({ limits: { heartbeatMs: 20, stuckMsMax: 50 } });
    const reader = await desk.socket();
    const dead = await rawSocket(desk, `/api/ws?token=${token}`);
    await until(() => desk.stream.figures.clients === 2);
    dead.pause();
    await until(() => desk.stream.figures.clients === 1);
    expect(reader.socket.readyState).toBe(WebSocket.OPEN);
    dead.destroy();
  });
});

const upgradeHeaders = [
  "connection: upgrade",
  "upgrade: websocket",
  "sec-websocket-version: 13",
  `sec-websocket-key: ${Buffer.alloc(16).toString("base64")}`,
].join("\r\n");

async function rawSocket(
  desk: StreamDesk,
  path: string,
  headers = upgradeHeaders,
): Promise<Socket> {
  const { port, host } = new URL(desk.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}\r\n\r\n`);
  return socket;
}

/** All that the server says until it ends the connection. */
async function upgrade(desk: StreamDesk, path: string): Promise<string> {
  return await textOf(await rawSocket(desk, path));
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += String(chunk);
  return text;
}

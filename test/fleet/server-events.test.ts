import { expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import type { Connection } from "../../src/fleet/event-iteration.ts";
import { breaks, html, json, problem, ScriptedHttp, stream } from "../support/scripted-http.ts";

function frame(id: string, event: object): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}

const step = (seq: number) => ({ seq, type: "agent.step", time: 1, agent_id: "a", data: {} });

test("events arrive typed and in order, however the wire cuts them, and the server filters", async () => {
  const text = `retry: 1000\nid: 7-1\n\n:\n\n${frame("7-2", step(2))}${frame("7-3", step(3))}`;
  await using server = await ScriptedHttp.start((response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
  });
  const options = { types: ["agent.step"], agentIds: ["a", "b"] } as const;
  const events = connect(server.url, { token: "t" }).events(options);
  expect((await events.next()).value).toEqual(step(2));
  expect((await events.next()).value).toEqual(step(3));
  await events.return();
  const { searchParams } = new URL(server.heard[0]?.url ?? "", server.url);
  expect(Object.fromEntries(searchParams)).toEqual({ types: "agent.step", agent_id: "a,b" });
  expect(server.heard[0]?.headers).toMatchObject({ authorization: "Bearer t" });
});

test("a connection that is lost is made again after the last event", async () => {
  const gap = { after_seq: 2, before_seq: 9, reason: "restarted" };
  const told = { seq: 8, type: "gap", time: 2, data: gap };
  await using server = await ScriptedHttp.start(
    stream(["id: 7-1\n\n", frame("7-2", step(2))], { isBroken: true }),
    breaks,
    html(502),
    stream([frame("8-8", told), frame("8-9", step(9))], { isBroken: true }),
    stream([frame("8-10", step(10))]),
  );
  const connections: boolean[] = [];
  const onConnection = ({ isOpen }: Connection) => connections.push(isOpen);
  const seen: number[] = [];
  for await (const event of connect(server.url).events({ onConnection })) {
    seen.push(event.seq);
    if (event.seq === 10) break;
  }
  expect(seen).toEqual([2, 8, 9, 10]);
  expect(server.heard.map(({ headers }) => headers["last-event-id"])).toEqual([
    undefined,
    "7-2",
    "7-2",
    "7-2",
    "8-9",
  ]);
  expect(connections).toEqual([true, false, false, false, true, false, true]);
});

test("a stream that never had an event continues from its start", async () => {
  await using server = await ScriptedHttp.start(
    stream(["id: 7-41\n\n"], { isBroken: true }),
    stream([frame("7-42", step(42))]),
  );
  const events = connect(server.url).events();
  expect((await events.next()).value).toEqual(step(42));
  await events.return();
  expect(server.heard[1]?.headers["last-event-id"]).toBe("7-41");
});

test("return ends an iteration that waits, and with it the connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await ScriptedHttp.start((response) => {
    response.on("close", () => closed.resolve());
    response.writeHead(200, { "content-type": "text/event-stream" }).write(":\n\n");
  });
  const opened = Promise.withResolvers<void>();
  const events = connect(server.url).events({ onConnection: () => opened.resolve() });
  const waiting = events.next();
  await opened.promise;
  await events.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await closed.promise;
});

test("a signal ends an iteration without an error, also between two connections", async () => {
  const ending = new AbortController();
  await using server = await ScriptedHttp.start(
    stream([frame("7-2", step(2))], { isBroken: true }),
    breaks,
  );
  const seen: number[] = [];
  const onConnection = ({ isOpen }: Connection) => {
    if (!isOpen) ending.abort();
  };
  for await (const { seq } of connect(server.url).events({ signal: ending.signal, onConnection })) {
    seen.push(seq);
  }
  expect(seen).toEqual([2]);
  expect((await connect(server.url).events({ signal: AbortSignal.abort() }).next()).done).toBe(
    true,
  );
});

test("a server that refuses ends the iteration with its error, at first and later", async () => {
  const refusal = problem(401, { code: "TOKEN_REQUIRED", detail: "no" });
  await using server = await ScriptedHttp.start(
    refusal,
    stream([frame("7-2", step(2))], { isBroken: true }),
    refusal,
  );
  const client = connect(server.url);
  const expected = expect.objectContaining({ code: "TOKEN_REQUIRED" });
  await expect(client.events().next()).rejects.toThrow(expected);
  const events = client.events();
  await events.next();
  await expect(events.next()).rejects.toThrow(expected);
});

test("a server that is not there at first is tried a few times, and then an error", async () => {
  await using server = await ScriptedHttp.start(breaks);
  const events = connect(server.url).events();
  await expect(events.next()).rejects.toThrow(
    expect.objectContaining({ code: "SERVER_UNREACHABLE" }),
  );
  expect(server.heard).toHaveLength(4);
});

test("an answer that is not a stream of events is not Troupe's", async () => {
  await using server = await ScriptedHttp.start(json({}));
  await expect(connect(server.url).events().next()).rejects.toThrow(
    expect.objectContaining({ code: "SERVER_UNKNOWN" }),
  );
});

import { createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import { Requests } from "../../src/fleet/requests.ts";
import type { Address } from "../../src/fleet/server-address.ts";
import { breaks, html, json, problem, ScriptedHttp } from "../support/scripted-http.ts";

const pause = [{ action: "agent_pause", actor: "ann", payload: { agent_id: "a" } }] as const;

function code(expected: string): unknown {
  return expect.objectContaining({ code: expected });
}

test("an action that may have been sent is sent again under the same key", async () => {
  await using server = await ScriptedHttp.start(breaks, breaks, json({ action_ids: ["1"] }, 202));
  const client = connect(server.url, { token: "secret" });
  expect(await client.enqueue(pause)).toEqual(["1"]);
  const keys = server.heard.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[\w-]{36}$/);
  expect(new Set(server.heard.map(({ body }) => body)).size).toBe(1);
  await client.enqueue(pause);
  expect(server.heard.at(-1)?.headers["idempotency-key"]).not.toBe(keys[0]);
});

test("requests carry the token, and actions go out in REST's words", async () => {
  await using server = await ScriptedHttp.start(json({ action_ids: ["1"] }, 202));
  const client = connect(`${server.url}/?token=secret`);
  await client.agentCreate("a", "ann", {
    initialSubject: "cats",
    agentType: "poet",
    urgency: 3,
    notBefore: 5,
    id: "mine",
    config: { interval_ms: 1 },
    metadata: { reason: "fun" },
  });
  const [request] = server.heard;
  expect(request).toMatchObject({ method: "POST", url: "/api/actions" });
  expect(request?.headers).toMatchObject({
    authorization: "Bearer secret",
    "content-type": "application/json",
  });
  expect(JSON.parse(request?.body ?? "")).toEqual([
    {
      action: "create_agent",
      actor: "ann",
      urgency: 3,
      not_before: 5,
      id: "mine",
      metadata: { reason: "fun" },
      payload: {
        agent_id: "a",
        initial_subject: "cats",
        agent_type: "poet",
        config: { interval_ms: 1 },
      },
    },
  ]);
});

test("errors of the server keep their code, their words and their details", async () => {
  const details = { agent_id: "a" };
  const body = { code: "AGENT_UNKNOWN", detail: "there is no agent a", status: 404, details };
  await using server = await ScriptedHttp.start(
    problem(404, body),
    problem(503, { code: "NEW_1" }),
  );
  const client = connect(server.url);
  await expect(client.stepPage("a")).rejects.toMatchObject({
    code: "AGENT_UNKNOWN",
    message: "there is no agent a",
    details,
  });
  await expect(client.stepPage("a")).rejects.toMatchObject({ code: "INTERNAL", message: "NEW_1" });
});

test("a thing that is not found is undefined, and other errors are thrown", async () => {
  await using server = await ScriptedHttp.start(
    problem(404, { code: "AGENT_UNKNOWN" }),
    problem(404, { code: "ACTION_NOT_FOUND" }),
    problem(401, { code: "TOKEN_REQUIRED", detail: "no token" }),
  );
  const client = connect(server.url);
  expect(await client.agentFind("a")).toBeUndefined();
  expect(await client.actionFind("a/../b")).toBeUndefined();
  expect(server.heard.map(({ url }) => url)).toEqual(["/api/agents/a", "/api/actions/a%2F..%2Fb"]);
  await expect(client.agentFind("a")).rejects.toThrow(code("TOKEN_REQUIRED"));
});

test("no server at the address is SERVER_UNREACHABLE, after some tries", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => free.once("listening", listening));
  const { port } = free.address() as { readonly port: number };
  await new Promise((closed) => free.close(closed));
  const url = `http://127.0.0.1:${port}`;
  await expect(connect(url).agentPage()).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
    message: `no server answers at ${url}: connect ECONNREFUSED 127.0.0.1:${port}`,
  });
});

test.each([
  ["a page", html(200)],
  ["a page that is not found", html(404)],
  ["other JSON", json({ hello: "world" })],
  ["an error of another kind", json({ message: "no" }, 500)],
])("%s is not Troupe", async (_, script) => {
  await using server = await ScriptedHttp.start(script);
  const client = connect(server.url);
  await expect(client.agentPage()).rejects.toThrow(code("SERVER_UNKNOWN"));
  await expect(client.enqueue(pause)).rejects.toThrow(code("SERVER_UNKNOWN"));
  await expect(client.events().next()).rejects.toThrow(code("SERVER_UNKNOWN"));
});

test.each([502, 503])(
  "a proxy that answers %i is asked again, once for each key",
  async (status) => {
    await using server = await ScriptedHttp.start(html(status), json({ action_ids: ["1"] }));
    expect(await connect(server.url).enqueue(pause)).toEqual(["1"]);
    const [first, second] = server.heard.map(({ headers }) => headers["idempotency-key"]);
    expect(first).toBe(second);
  },
);

test("a proxy without a server behind it is SERVER_UNREACHABLE, after some tries", async () => {
  await using server = await ScriptedHttp.start(html(502));
  await expect(connect(server.url).agentPage()).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
    message: `no server answers at ${server.url}: a proxy answered 502`,
  });
  expect(server.heard).toHaveLength(4);
});

test("a request that is too slow for a proxy is not made again, and a wait is", async () => {
  const action = { id: "1", processed: true };
  await using server = await ScriptedHttp.start(html(504), html(504), json(action));
  const client = connect(server.url);
  await expect(client.agentPage()).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
    details: { url: server.url, status: 504 },
  });
  expect(server.heard).toHaveLength(1);
  expect(await client.actionWait("1", 60_000)).toEqual(action);
});

test("a fleet that is closed while its server is located sends nothing", async () => {
  await using server = await ScriptedHttp.start(json({ items: [] }));
  const closing = new AbortController();
  const located = Promise.withResolvers<Address>();
  const requests = new Requests(() => located.promise, closing.signal);
  const read = requests.get("/api/agents");
  closing.abort(new Error("closed"));
  located.resolve({ url: server.url, token: undefined });
  await expect(read).rejects.toThrow("closed");
  expect(server.heard).toEqual([]);
});

test("the token does not follow a redirect", async () => {
  await using thief = await ScriptedHttp.start(json({ items: [], next_cursor: null }));
  await using server = await ScriptedHttp.start((response) => {
    response.writeHead(307, { location: `${thief.url}/api/agents` }).end();
  });
  const client = connect(server.url, { token: "secret" });
  await expect(client.agentPage()).rejects.toThrow(code("SERVER_UNKNOWN"));
  expect(thief.heard).toEqual([]);
});

test("a list is read page by page, as far as it is consumed", async () => {
  await using server = await ScriptedHttp.start(
    json({ items: [1, 2], next_cursor: "c&1" }),
    json({ items: [3], next_cursor: null }),
  );
  const client = connect(server.url);
  const agents = client.agents({ status: "running", q: "cats & dogs" });
  expect((await agents.next()).value).toBe(1);
  expect(server.heard).toHaveLength(1);
  expect(await Array.fromAsync(agents)).toEqual([2, 3]);
  expect(
    server.heard.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams)),
  ).toEqual([
    { status: "running", q: "cats & dogs", limit: "1000" },
    { status: "running", q: "cats & dogs", limit: "1000", cursor: "c&1" },
  ]);
});

test("a wait makes the server wait, survives a broken connection, and ends with the action", async () => {
  const action = { id: "1", processed: true, outcome: "done" };
  await using server = await ScriptedHttp.start(
    problem(404, { code: "ACTION_NOT_FOUND" }),
    json({ ...action, processed: false }),
    breaks,
    json(action),
  );
  const client = connect(server.url);
  expect(await client.actionWait("1", 60_000)).toEqual(action);
  expect(server.heard.map(({ headers }) => headers["prefer"])).toEqual([
    "wait=25",
    "wait=25",
    "wait=25",
    "wait=25",
  ]);
});

test("a wait is not over because the clock was set forward", async () => {
  const action = { id: "1", processed: true };
  await using server = await ScriptedHttp.start(
    json({ ...action, processed: false }),
    json(action),
  );
  const client = connect(server.url);
  let now = Date.now();
  const clock = vi.spyOn(Date, "now").mockImplementation(() => (now += 3_600_000));
  onTestFinished(() => clock.mockRestore());
  expect(await client.actionWait("1", 60_000)).toEqual(action);
});

test("a wait needs a time", async () => {
  const client = connect("http://127.0.0.1:1");
  const wrong = [
    [Number.NaN, "NaN"],
    [undefined, "nothing"],
    ["10", '"10"'],
  ] as const;
  for (const [time, got] of wrong) {
    const wait = client.actionWait("1", time as number);
    await expect(wait).rejects.toThrow(
      `takes a number of milliseconds after the action's id, got ${got}`,
    );
  }
});

test("an option that no verb has is refused before anything is sent", async () => {
  await using server = await ScriptedHttp.start();
  const client = connect(server.url);
  const other = (options: object) => options;
  await expect(client.agentCreate("a", "ann", other({ subject: "cats" }))).rejects.toThrow(
    'agentCreate has no option "subject"; known are initialSubject, agentType, config, urgency',
  );
  await expect(client.agentInterrupt("a", "ann", {}, other({ now: true }))).rejects.toThrow(
    'agentInterrupt has no option "now"; known are mode, urgency',
  );
  await expect(client.agentPause("a", "ann", "lunch", other({ agentId: "b" }))).rejects.toThrow(
    'agent_pause has no option "agentId"; known are urgency, metadata, notBefore, id',
  );
  const early = { action: "agent_pause", actor: "ann", payload: {}, not_before: 5 };
  await expect(client.enqueue([early])).rejects.toThrow('enqueue has no option "not_before"');
  await expect(client.enqueue([null as never])).rejects.toThrow(
    "enqueue takes an object with action, agentId, actor, payload, urgency, metadata, notBefore, id, got null",
  );
  await expect(client.agentCreate("a", "ann", "cats" as never)).rejects.toThrow(
    /^agentCreate takes an object with initialSubject, .*, got "cats"$/,
  );
  await expect(client.enqueue(early as never)).rejects.toThrow("enqueue takes an array of actions");
  expect(server.heard).toEqual([]);
});

test("a wait that is over is WAIT_TIMEOUT", async () => {
  await using server = await ScriptedHttp.start(json({ id: "1", processed: false }));
  const client = connect(server.url);
  await expect(client.actionWait("1", 300)).rejects.toThrow(code("WAIT_TIMEOUT"));
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

const wait = { prefer: "wait=30" };

test("an agent is created, paused, resumed, interrupted and destroyed over REST", async () => {
  const created = await control.post("/api/agents", {
    agent_id: "agent1",
    initial_subject: "cats",
  });
  expect(created).toMatchObject({ status: 202, json: { agent_id: "agent1" } });
  expect(created.headers.location).toBe(`/api/actions/${created.json.action_id}`);
  const paused = await control.post("/api/agents/agent1/pause", { reason: "lunch" }, wait);
  expect(paused).toMatchObject({
    status: 200,
    headers: { "preference-applied": "wait=30" },
    json: {
      action: "agent_pause",
      outcome: "done",
      payload: { agent_id: "agent1", reason: "lunch" },
    },
  });
  const agent = await control.get("/api/agents/agent1");
  expect(agent).toMatchObject({ status: 200, json: { agent_id: "agent1", paused: true } });
  const steered = await control.post(
    "/api/agents/agent1/interrupt",
    { guidance: { subject: "dogs" }, actor: "me", urgency: 3, metadata: { why: "test" } },
    wait,
  );
  expect(steered.json).toMatchObject({
    outcome: "done",
    actor: "me",
    urgency: 3,
    metadata: { why: "test" },
    payload: { agent_id: "agent1", guidance: { subject: "dogs" } },
  });
  expect((await control.post("/api/agents/agent1/resume", undefined, wait)).json.outcome).toBe(
    "done",
  );
  const gone = await control.ask("DELETE", "/api/agents/agent1?reason=over&actor=me", {
    headers: wait,
  });
  expect(gone.json).toMatchObject({ action: "agent_destroy", actor: "me", outcome: "done" });
  expect(gone.json.payload).toEqual({ agent_id: "agent1", reason: "over" });
  expect((await control.get("/api/agents/agent1")).json.status).toBe("stopped");
});

test("an action is answered once it has ended, if that is preferred", async () => {
  const body = { action: "create_agent", payload: { agent_id: "waited" } };
  const { json } = await control.post("/api/actions", body);
  const path = `/api/actions/${json.action_ids[0]}`;
  const ended = await control.get(path, { headers: wait });
  expect(ended).toMatchObject({ status: 200, json: { processed: true, outcome: "done" } });
  const late = { ...body, not_before: Date.now() + 3_600_000 };
  const [id] = (await control.post("/api/actions", late)).json.action_ids;
  const waiting = await control.get(`/api/actions/${id}`, { headers: { prefer: "wait=1" } });
  expect(waiting).toMatchObject({ status: 200, json: { processed: false } });
  expect(waiting.headers["preference-applied"]).toBeUndefined();
  const unknown = await control.get("/api/actions/unknown", { headers: wait });
  expect(unknown).toMatchObject({ status: 404, json: { code: "ACTION_NOT_FOUND" } });
});

test("an agent without a name gets one", async () => {
  const { json } = await control.post("/api/agents", {});
  expect(json.agent_id).toMatch(/^agent-[0-9a-f]{12}$/);
});

test("an unknown agent makes a rejected action, and 404 for a read", async () => {
  const { status, json } = await control.post("/api/agents/nobody/pause", {}, wait);
  expect({ status, json }).toMatchObject({
    status: 200,
    json: { outcome: "rejected", error: { code: "AGENT_UNKNOWN" } },
  });
  for (const path of ["/api/agents/nobody", "/api/agents/nobody/steps"]) {
    expect(await control.get(path)).toMatchObject({ status: 404, json: { code: "AGENT_UNKNOWN" } });
  }
  expect(await control.get("/api/actions/nothing")).toMatchObject({
    status: 404,
    json: { code: "ACTION_NOT_FOUND" },
  });
});

test("actions are accepted one by one or many at the same time", async () => {
  const action = { action: "agent_resume", payload: { agent_id: "nobody" }, actor: "bulk" };
  const one = await control.post("/api/actions", action);
  expect(one).toMatchObject({ status: 202, json: { action_ids: [expect.any(String)] } });
  expect(one.headers.location).toBe(`/api/actions/${one.json.action_ids[0]}`);
  const named = { ...action, id: "my-own-id", not_before: 1 };
  const many = await control.post("/api/actions", [action, named], wait);
  expect(many).toMatchObject({
    status: 200,
    json: { action_ids: [expect.any(String), "my-own-id"], actions: [{}, { id: "my-own-id" }] },
  });
  const shown = await control.get("/api/actions/my-own-id");
  expect(shown.json).toEqual(many.json.actions[1]);
});

test("ten thousand actions are stored in one request", async () => {
  const action = { action: "agent_pause", payload: { agent_id: "nobody" } };
  const { status, json } = await control.post("/api/actions", Array(10_000).fill(action));
  expect(status).toBe(202);
  expect(new Set(json.action_ids).size).toBe(10_000);
  const tooMany = await control.post("/api/actions", Array(10_001).fill(action));
  expect(tooMany).toMatchObject({ status: 400, json: { code: "REQUEST_INVALID" } });
});

test("lists are paged by cursors", async () => {
  for (const id of ["page-a", "page-b", "page-c"]) {
    await control.post("/api/agents", { agent_id: id, agent_type: "nonsense" }, wait);
  }
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { json } = await control.get(
      `/api/actions?action=create_agent&limit=2&cursor=${cursor}`.replace(/&cursor=$/, ""),
    );
    expect(json.items.length).toBeLessThanOrEqual(2);
    seen.push(...json.items.map((item: { id: string }) => item.id));
    cursor = json.next_cursor;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(5);
  const stopped = await control.get("/api/agents?status=stopped&q=agent1&type=joke&limit=1");
  expect(stopped.json.items).toMatchObject([{ agent_id: "agent1", live: null }]);
});

const agentIdForm =
  "text of 1 to 128 characters of A-Z a-z 0-9 . _ : @ - that starts with a letter or digit";

test.each([
  ["/api/agents", { agent_id: "a b" }, `body.agent_id must be ${agentIdForm}, got "a b"`],
  ["/api/agents", { subject: "cats" }, 'body has no field "subject"'],
  [
    "/api/agents",
    { initial_subject: 5 },
    "body.initial_subject must be text of at most 2000 characters, got 5",
  ],
  [
    "/api/agents",
    { urgency: "5" },
    'body.urgency must be a whole number from -2147483647 to 2147483647, got "5"',
  ],
  ["/api/agents", [], "body must be an object, got []"],
  ["/api/agents", { urgency: 1e30 }, "-2147483647 to 2147483647, got 1e+30"],
  ["/api/agents", { actor: "" }, 'body.actor must be text of 1 to 256 characters, got ""'],
  ["/api/agents", "{", "body must be JSON"],
  ["/api/agents/a/pause", '{"id":"half-\\ud800"}', "body.id must not have half a surrogate pair"],
  [
    "/api/agents/a/pause",
    '{"actor":"me\\ud800"}',
    "body.actor must not have half a surrogate pair",
  ],
  ["/api/agents", '{"config":{"a":1e999}}', "body.config.a must be finite, got Infinity"],
  [
    "/api/agents",
    `{"config":{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}}`,
    "is nested deeper than",
  ],
  [
    "/api/agents",
    '{"not_before":8640000000000001}',
    "body.not_before must be a whole number from 0 to 8640000000000000, got 8640000000000001",
  ],
  ["/api/agents", '{"__proto__":{"x":1}}', "body must not have the key __proto__"],
  ["/api/agents/a/interrupt", {}, 'body must have "guidance", got {}'],
  [
    "/api/agents/a/interrupt",
    { guidance: {}, mode: "soon" },
    'body.mode must be one of "next", "now", got "soon"',
  ],
  ["/api/agents/-/pause", {}, `path.agent_id must be ${agentIdForm}, got "-"`],
  ["/api/environment/reload", { force: true }, 'body has no field "force"'],
  ["/api/actions", [], "body must hold 1 to 10000 actions, got 0"],
  ["/api/actions", [5], "body.0 must be an object with an action, got 5"],
])("POST %s of %j says what is wrong", async (path, body, message) => {
  const { status, headers, json } = await control.post(path, body);
  expect(headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect({ status, ...json }).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
  expect(json.detail).toContain(message);
});

test("a body in another encoding is refused, because it would be stored with other characters", async () => {
  const body = Buffer.from('{"reason":"caf\u00e9"}', "latin1");
  const type = "application/json; charset=iso-8859-1";
  const { status, json } = await control.post("/api/agents/a/pause", body, {
    "content-type": type,
  });
  expect({ status, detail: json.detail }).toEqual({
    status: 400,
    detail: "body must be text in UTF-8",
  });
});

test("a body may start with a byte order mark, as some editors write it", async () => {
  const body = '\ufeff{"reason":"caf\u00e9"}';
  const { json } = await control.post("/api/agents/a/pause", body, { prefer: "wait=10" });
  expect(json.payload).toEqual({ agent_id: "a", reason: "caf\u00e9" });
  expect((await control.post("/api/agents/a/pause", "\ufeff")).status).toBe(202);
});

test.each([
  [{ action: "dance", payload: {} }, "ACTION_UNKNOWN", "body.action must be one of create_agent"],
  [{ action: "agent_pause", payload: {} }, "ACTION_MALFORMED", 'body.payload must have "agent_id"'],
  [
    { action: "agent_pause", payload: { agent_id: "a", force: 1 } },
    "ACTION_MALFORMED",
    'body.payload has no field "force"',
  ],
  [
    { action: "agent_pause", payload: { agent_id: "a" }, when: 1 },
    "ACTION_MALFORMED",
    'body has no field "when"',
  ],
  [
    { action: "agent_interrupt", payload: { agent_id: "a", guidance: { x: "y".repeat(300_000) } } },
    "ACTION_MALFORMED",
    "payload of agent_interrupt must be at most 262144 bytes",
  ],
])(
  "an action that the queue would reject is refused at the door: %j",
  async (body, code, message) => {
    const { status, json } = await control.post("/api/actions", body);
    expect({ status, ...json }).toMatchObject({ status: 400, code });
    expect(json.detail).toContain(message);
  },
);

test.each([
  ["/api/agents?limit=0", "query.limit must be a whole number from 1 to 1000, got 0"],
  ["/api/agents?limit=1e2", 'query.limit must be a whole number from 1 to 1000, got "1e2"'],
  [
    "/api/agents?limit=5&limit=6",
    'query.limit must be a whole number from 1 to 1000, got ["5","6"]',
  ],
  ["/api/agents?limit=1e30", 'query.limit must be a whole number from 1 to 1000, got "1e30"'],
  [
    "/api/agents?limit=99999999999999999999",
    'query.limit must be a whole number from 1 to 1000, got "99999999999999999999"',
  ],
  [
    "/api/agents/a/steps?iteration=9007199254740993",
    'query.iteration must be a whole number from 1 to 9007199254740991, got "9007199254740993"',
  ],
  ["/api/steps?since=-1", "query.since must be a whole number from 0 to 8640000000000000, got -1"],
  [
    "/api/agents/a/steps/1e30/effects",
    'path.iteration must be a whole number from 1 to 9007199254740991, got "1e30"',
  ],
  ["/api/agents/a/cpu-profile?seconds=x", 'query.seconds must be a number from 0.1 to 60, got "x"'],
  ["/api/agents?status=asleep", 'query.status must be one of "starting"'],
  [
    "/api/agents?page=2",
    'query has no field "page"; known are status, type, q, fields, limit, cursor',
  ],
  ["/api/agents?cursor=x", "cursor must be a next_cursor of the same list"],
])("GET %s says what is wrong", async (path, message) => {
  const { status, json } = await control.get(path);
  expect(status).toBe(400);
  expect(json.detail).toContain(message);
});

test("an address without a route is refused", async () => {
  const { status, json, text } = await control.get("/api/nothing?token=x");
  expect({ status, json }).toMatchObject({ status: 404, json: { code: "ROUTE_UNKNOWN" } });
  expect(text).not.toContain("token=x");
});

test("a wait that is too short is answered with the receipt", async () => {
  const { status, json, headers } = await control.post(
    "/api/agents/nobody/pause",
    { not_before: Date.now() + 3_600_000 },
    { prefer: "respond-async, wait=1" },
  );
  expect({ status, json }).toMatchObject({ status: 202, json: { agent_id: "nobody" } });
  expect(headers["preference-applied"]).toBeUndefined();
});

test("liveness and readiness need no token", async () => {
  const headers = { authorization: undefined };
  expect(await control.get("/healthz", { headers })).toMatchObject({
    status: 200,
    json: { status: "ok" },
  });
  expect(await control.get("/readyz", { headers })).toMatchObject({
    status: 200,
    json: { status: "ready" },
  });
});

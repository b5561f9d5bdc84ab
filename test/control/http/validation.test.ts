/** What a request may have in its parts. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

test.each([
  ["POST", "/api/agents?agent_id=a", { agent_type: "joke" }, "agent_id"],
  ["POST", "/api/agents/a/pause?reason=lunch", {}, "reason"],
  ["POST", "/api/environment/reload?wait=5", {}, "wait"],
  ["PATCH", "/api/types/joke?interval_ms=5", { restart: null }, "interval_ms"],
] as const)(
  "%s %s is refused: a write would ignore its query",
  async (method, path, body, name) => {
    const { status, json } = await control.ask(method, path, { body });
    expect(status).toBe(400);
    expect(json.detail).toBe(`query has no field "${name}"; it takes none`);
  },
);

test.each([
  [
    "DELETE",
    "/api/agents/a",
    { reason: "lunch" },
    'body has no field "reason"; it takes none; the query takes reason, actor',
  ],
  [
    "DELETE",
    "/api/actions/a?reason=over",
    ["lunch"],
    'body must be an object, got ["lunch"]; the query takes reason, actor',
  ],
  ["DELETE", "/api/agents/a", 5, "body must be an object, got 5; the query takes reason, actor"],
  ["POST", "/api/database/compact", { now: true }, 'body has no field "now"; it takes none'],
  ["POST", "/api/queue/ring", { times: 2 }, 'body has no field "times"; it takes none'],
] as const)(
  "%s %s is refused: a write would ignore its body %j",
  async (method, path, body, why) => {
    const { status, json } = await control.ask(method, path, { body });
    expect(status).toBe(400);
    expect(json.detail).toBe(why);
  },
);

test.each([
  "/api/agents?type=%ff",
  "/api/events?token=%c3",
  "/api/actions?cursor=%",
  "/api/agents/%ff",
])("GET %s is refused: it is not text in UTF-8", async (path) => {
  const { status, json } = await control.ask("GET", path);
  expect({ status, code: json.code }).toEqual({ status: 400, code: "REQUEST_INVALID" });
  expect(json.detail).toMatch(/^(query|the path) must /);
});

test("an empty object as the body of a write without one is ignored", async () => {
  const { status } = await control.ask("POST", "/api/queue/ring", { body: {} });
  expect(status).toBeLessThan(300);
});

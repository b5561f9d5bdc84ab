/** What a mutation is answered with: a receipt, or the end of its actions if that is preferred. */

import { describe, expect, test } from "vitest";
import { SERVER_LIMITS } from "../../src/control/http/server-limits.ts";
import { Control } from "../support/control.ts";
import { until } from "../support/until.ts";

const pause = { action: "agent_pause", payload: { agent_id: "nobody" } };
/** One that nobody begins while a test runs. */
const later = { ...pause, not_before: Date.now() + 3_600_000 };

function prefer(preference: string): Readonly<Record<string, string>> {
  return { prefer: preference };
}

describe("one action", () => {
  test("is answered with 202, its receipt and its location", async () => {
    await using control = await Control.start();
    const { status, json, headers } = await control.post("/api/agents/nobody/pause", {});
    expect(status).toBe(202);
    expect(json).toEqual({ action_id: expect.any(String), agent_id: "nobody" });
    expect(headers.location).toBe(`/api/actions/${json.action_id}`);
    expect(headers["preference-applied"]).toBeUndefined();
    const reload = await control.post("/api/environment/reload", {});
    expect(reload.json.agent_id).toBeNull();
  });

  test("is answered with 200 and its end if that is preferred", async () => {
    await using control = await Control.start();
    const { status, json, headers } = await control.post(
      "/api/agents/nobody/pause",
      { id: "an id/with a slash" },
      prefer("wait=30"),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: "an id/with a slash",
      processed: true,
      outcome: "rejected",
      error: { code: "AGENT_UNKNOWN" },
    });
    expect(headers).toMatchObject({
      location: "/api/actions/an%20id%2Fwith%20a%20slash",
      "preference-applied": "wait=30",
    });
  });

  test("is answered with its receipt if it has not ended in that time", async () => {
    await using control = await Control.start();
    const answer = await control.post(
      "/api/agents/nobody/pause",
      { not_before: later.not_before },
      prefer("wait=1"),
    );
    expect(answer.status).toBe(202);
    expect(answer.headers["preference-applied"]).toBeUndefined();
  });
});

describe("the preference to wait", () => {
  test.each([
    ["wait=2", "wait=2"],
    ['wait="3"', "wait=3"],
    ["respond-async, wait=4", "wait=4"],
    ["return=minimal; wait = 5", "wait=5"],
    ["WAIT=6", "wait=6"],
    ["wait=999999", `wait=${SERVER_LIMITS.waitSecondsMax}`],
  ])("%s is understood", async (preference, applied) => {
    await using control = await Control.start();
    const answer = await control.post("/api/actions", pause, prefer(preference));
    expect(answer.status).toBe(200);
    expect(answer.headers["preference-applied"]).toBe(applied);
  });

  test.each([
    "wait",
    "wait=",
    "wait=soon",
    "wait=-1",
    "await=5",
    "wait=5s",
    "wait=1234567",
    "wait=0",
  ])("%s is not one", async (preference) => {
    await using control = await Control.start();
    const answer = await control.post("/api/actions", pause, prefer(preference));
    expect(answer.status).toBe(202);
    expect(answer.headers["preference-applied"]).toBeUndefined();
  });
});

describe("many actions", () => {
  test("are answered with 202 and their ids, in their order", async () => {
    await using control = await Control.start();
    const both = [
      { ...pause, id: "a" },
      { ...later, id: "b" },
    ];
    const { status, json, headers } = await control.post("/api/actions", both);
    expect({ status, json }).toEqual({ status: 202, json: { action_ids: ["a", "b"] } });
    expect(headers.location).toBeUndefined();
    const one = await control.post("/api/actions", [{ ...pause, id: "c" }]);
    expect(one.headers.location).toBe("/api/actions/c");
  });

  test("are answered with all their outcomes, or with none", async () => {
    await using control = await Control.start();
    const all = ["a", "b", "c"].map((id) => ({ ...pause, id }));
    const ended = await control.post("/api/actions", all, prefer("wait=30"));
    expect(ended).toMatchObject({
      status: 200,
      json: { action_ids: ["a", "b", "c"], actions: all.map(({ id }) => ({ id })) },
    });
    const mixed = [
      { ...pause, id: "d" },
      { ...later, id: "e" },
    ];
    const open = await control.post("/api/actions", mixed, prefer("wait=1"));
    expect(open).toMatchObject({ status: 202, json: { action_ids: ["d", "e"] } });
    expect(open.json).not.toHaveProperty("actions");
  });
});

test("the end of an action can be waited for later, too", async () => {
  await using control = await Control.start();
  await control.post("/api/actions", { ...later, id: "one" });
  const waiting = control.get("/api/actions/one", { headers: prefer("wait=60") });
  const withdrawn = await control.ask("DELETE", "/api/actions/one");
  expect(withdrawn.status).toBe(200);
  const { status, json } = await waiting;
  expect({ status, outcome: json.outcome }).toEqual({ status: 200, outcome: "cancelled" });
});

test("a server that closes answers waiting requests", async () => {
  const control = await Control.start();
  const waiting = control.post("/api/actions", later, prefer("wait=60"));
  await until(async () => (await control.get("/api/actions")).json.items.length === 1);
  await control.close();
  expect((await waiting).status).toBe(202);
});

import { expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

function keyed(key: string, more: Readonly<Record<string, string>> = {}) {
  return { "idempotency-key": key, ...more };
}

async function countActions(control: Control): Promise<number> {
  return (await control.get("/api/actions?limit=1000")).json.items.length;
}

test("a request that is sent again is answered again and takes effect once", async () => {
  await using control = await Control.start();
  const first = await control.post("/api/agents", { initial_subject: "cats" }, keyed("a"));
  expect(first.json.action_id).toMatch(
    /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
  );
  const again = await control.post(
    "/api/agents",
    { initial_subject: "cats" },
    keyed("a", { prefer: "wait=30" }),
  );
  expect(again).toMatchObject({
    status: 200,
    json: { id: first.json.action_id, agent_id: first.json.agent_id, outcome: "done" },
  });
  const third = await control.post("/api/agents", { initial_subject: "cats" }, keyed("a"));
  expect(third.json).toEqual(first.json);
  expect(await countActions(control)).toBe(1);
});

test("the same key with another body, or more of it, is refused", async () => {
  await using control = await Control.start();
  const pause = { action: "agent_pause", payload: { agent_id: "x" } };
  const resume = { action: "agent_resume", payload: { agent_id: "x" } };
  const first = await control.post("/api/actions", [pause, resume], keyed("k"));
  expect(first.status).toBe(202);
  const others = [
    [pause],
    [resume, pause],
    [pause, resume, resume],
    pause,
    [pause, { ...resume, actor: "b" }],
  ];
  for (const body of others) {
    expect(await control.post("/api/actions", body, keyed("k"))).toMatchObject({
      status: 422,
      json: { code: "IDEMPOTENCY_KEY_REUSED" },
    });
  }
  expect((await control.post("/api/actions", [pause, resume], keyed("k"))).json).toEqual(
    first.json,
  );
  expect(await countActions(control)).toBe(2);
});

test("a request whose members are in another order is the same, and one with an array in another order is not", async () => {
  await using control = await Control.start();
  const post = (guidance: object, metadata: object) =>
    control.post("/api/agents/a/interrupt", { guidance, metadata }, keyed("k"));
  const first = await post({ a: { b: 1, c: [1, 2] }, d: 2 }, { x: 1, y: 2 });
  const again = await post({ d: 2, a: { c: [1, 2], b: 1 } }, { y: 2, x: 1 });
  expect([again.status, again.json]).toEqual([202, first.json]);
  expect((await post({ a: { b: 1, c: [2, 1] }, d: 2 }, { x: 1, y: 2 })).status).toBe(422);
  expect((await post({ a: { b: 1, c: [1, 2] }, d: 2 }, { x: 1, y: 3 })).status).toBe(422);
});

test("a key means something else on another route and for another method", async () => {
  await using control = await Control.start();
  const answers = await Promise.all([
    control.post("/api/agents/a/pause", {}, keyed("k")),
    control.post("/api/agents/a/resume", {}, keyed("k")),
    control.post("/api/agents/b/pause", {}, keyed("k")),
    control.post("/api/environment/reload", {}, keyed("k")),
    control.ask("DELETE", "/api/agents/a", { headers: keyed("k") }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(202));
  expect(new Set(answers.map(({ json }) => json.action_id)).size).toBe(5);
});

test("requests with one key that arrive at the same time take effect once", async () => {
  await using control = await Control.start();
  const body = { agent_id: "a", reason: "once" };
  const asked = Array.from({ length: 20 }, () =>
    control.post("/api/agents/a/destroy", { reason: body.reason }, keyed("k")),
  );
  const answers = await Promise.all(asked);
  expect(new Set(answers.map(({ json }) => json.action_id)).size).toBe(1);
  expect(await countActions(control)).toBe(1);
});

test("a key is known after a restart, whether the action ended before it or after", async () => {
  await using folder = await makeTempFolder();
  const before = await Control.start({ folder: folder.path });
  const later = { not_before: Date.now() + 3_600_000 };
  const ended = await before.post("/api/agents/a/pause", {}, keyed("ended", { prefer: "wait=30" }));
  const pending = await before.post("/api/agents/a/pause", later, keyed("pending"));
  await before.close();
  await using after = await Control.start({ folder: folder.path });
  const again = await after.post("/api/agents/a/pause", {}, keyed("ended", { prefer: "wait=30" }));
  expect(again).toMatchObject({ status: 200, json: ended.json });
  expect((await after.post("/api/agents/a/pause", later, keyed("pending"))).json).toEqual(
    pending.json,
  );
  expect((await after.post("/api/agents/a/pause", {}, keyed("pending"))).status).toBe(422);
  expect((await after.post("/api/agents/a/pause", later, keyed("ended"))).status).toBe(422);
  expect(await countActions(after)).toBe(2);
});

test("a key must be short, visible text", async () => {
  await using control = await Control.start();
  for (const key of ["", "x".repeat(256), "ä"]) {
    const { status, json } = await control.post("/api/agents/a/pause", {}, keyed(key));
    expect({ status, code: json.code }).toEqual({ status: 400, code: "REQUEST_INVALID" });
    expect(json.detail).toContain("headers.idempotency-key");
  }
});
